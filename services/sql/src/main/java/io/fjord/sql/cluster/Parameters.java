package io.fjord.sql.cluster;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.NullVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.jspecify.annotations.Nullable;

/** The values of a prepared statement as one Arrow row. */
final class Parameters {

    private Parameters() {}

    static VectorSchemaRoot root(List<@Nullable Object> values, BufferAllocator allocator) {
        List<FieldVector> vectors = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            FieldVector vector = vector("p" + (i + 1), values.get(i), allocator);
            vector.setValueCount(1);
            vectors.add(vector);
        }
        return new VectorSchemaRoot(vectors.stream().map(FieldVector::getField).toList(), vectors, 1);
    }

    private static FieldVector vector(String name, @Nullable Object value, BufferAllocator allocator) {
        if (value == null) {
            return new NullVector(name, 1);
        }
        if (value instanceof Boolean bool) {
            BitVector vector = new BitVector(name, allocator);
            vector.allocateNew(1);
            vector.set(0, bool ? 1 : 0);
            return vector;
        }
        if (value instanceof Long number) {
            BigIntVector vector = new BigIntVector(name, allocator);
            vector.allocateNew(1);
            vector.set(0, number);
            return vector;
        }
        if (value instanceof Double number) {
            Float8Vector vector = new Float8Vector(name, allocator);
            vector.allocateNew(1);
            vector.set(0, number);
            return vector;
        }
        if (value instanceof BigDecimal number) {
            DecimalVector vector =
                    new DecimalVector(name, allocator, Math.max(number.precision(), number.scale()), number.scale());
            vector.allocateNew(1);
            vector.set(0, number);
            return vector;
        }
        if (value instanceof String text) {
            VarCharVector vector = new VarCharVector(name, allocator);
            vector.allocateNew(1);
            vector.setSafe(0, text.getBytes(StandardCharsets.UTF_8));
            return vector;
        }
        throw new IllegalArgumentException("A parameter is null, a boolean, a number or a string");
    }
}
