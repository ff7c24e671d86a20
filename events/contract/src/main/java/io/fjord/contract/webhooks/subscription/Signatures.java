package io.fjord.contract.webhooks.subscription;

/** How deliveries are signed (Standard Webhooks 1.0): with a shared secret, with a private key whose public half anybody may have, or both. */
public enum Signatures {
    /** {@code v1}: HMAC-SHA256. */
    SYMMETRIC,
    /** {@code v1a}: Ed25519. */
    ASYMMETRIC,
    BOTH
}
