package io.fjord.kernel;

/** One open transaction of the metastore; what it is made of only the store that opened it knows. */
public interface Tx {}
