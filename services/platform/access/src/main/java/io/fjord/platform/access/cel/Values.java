package io.fjord.platform.access.cel;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Java's values as CEL has them: one kind of whole number, one of others, texts, lists, maps. */
final class Values {

    private Values() {}

    static Map<String, Object> ofCel(Map<String, Object> given) {
        Map<String, Object> all = new HashMap<>();
        given.forEach((name, value) -> all.put(name, ofCel(value)));
        return all;
    }

    private static Object ofCel(@Nullable Object value) {
        if (value == null) {
            return com.google.protobuf.NullValue.NULL_VALUE;
        }
        if (value instanceof Integer || value instanceof Short || value instanceof Byte) {
            return ((Number) value).longValue();
        }
        if (value instanceof Float || value instanceof BigDecimal) {
            return ((Number) value).doubleValue();
        }
        if (value instanceof BigInteger whole) {
            return whole.bitLength() < Long.SIZE ? (Object) whole.longValue() : (Object) whole.doubleValue();
        }
        if (value instanceof Enum<?> one) {
            return one.name();
        }
        if (value instanceof Map<?, ?> map) {
            Map<Object, Object> all = new HashMap<>();
            map.forEach((key, one) -> all.put(ofCel(key), ofCel(one)));
            return all;
        }
        if (value instanceof Collection<?> many) {
            List<Object> all = new ArrayList<>(many.size());
            many.forEach(one -> all.add(ofCel(one)));
            return all;
        }
        return value;
    }
}
