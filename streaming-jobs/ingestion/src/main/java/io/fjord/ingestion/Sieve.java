package io.fjord.ingestion;

import io.fjord.contract.core.pipeline.PipelineSpec;
import io.fjord.contract.core.pipeline.PipelineTransform;
import io.fjord.contract.core.pipeline.SchemaEvolution;
import io.fjord.contract.core.pipeline.Watermark;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.types.Types.NestedField;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** Lets through what fits and is in time, keeps the rest aside with why, and counts both: the same whatever engine reads. */
public final class Sieve {

    private final Rows rows;
    private final SetAside aside;
    private final @Nullable NestedField time;
    private @Nullable Long watermarkMillis;
    private long records;
    private long passed;
    private long dead;
    private long late;
    private long newestMillis = Long.MIN_VALUE;
    private long firstAt;

    /** @param schema of the rows it makes */
    public Sieve(Order order, Schema schema, SetAside aside) throws CannotGoOn {
        this.rows = new Rows(schema, others(order.spec()));
        this.aside = aside;
        Watermark watermark = order.spec().watermark();
        this.time = watermark == null ? null : column(schema, watermark.column());
    }

    private static Rows.Others others(PipelineSpec spec) {
        PipelineTransform transform = spec.transform();
        if (transform != null) {
            return transform.ignoresOthers() ? Rows.Others.IGNORE : Rows.Others.REJECT;
        }
        return spec.evolution() == SchemaEvolution.ADD_COLUMNS ? Rows.Others.ADD : Rows.Others.REJECT;
    }

    static NestedField column(Schema schema, String name) throws CannotGoOn {
        NestedField field = schema.findField(name);
        if (field == null) {
            throw new CannotGoOn("The table has no column '" + name + "'. Add it, then start the pipeline.");
        }
        return field;
    }

    /**
     * Counts from nothing again.
     *
     * @param watermark records of before are late; null: none is
     */
    public Sieve from(@Nullable Long watermark) {
        watermarkMillis = watermark;
        records = 0;
        passed = 0;
        dead = 0;
        late = 0;
        newestMillis = Long.MIN_VALUE;
        firstAt = 0;
        return this;
    }

    /**
     * @return null for a record that is kept aside
     * @throws Rows.NewColumns it is not counted: it is to be read again once the table has them
     */
    public @Nullable Record pass(ConsumerRecord<byte[], byte[]> record) throws Rows.NewColumns {
        Record row;
        try {
            row = rows.row(record);
            if (isLate(record, row)) {
                return null;
            }
        } catch (Unfit unfit) {
            dead(record, unfit);
            return null;
        }
        count(record);
        passed++;
        return row;
    }

    /** Counts a record that makes no row and is not kept aside either. */
    void count(ConsumerRecord<byte[], byte[]> record) {
        records++;
        if (firstAt == 0 || record.timestamp() < firstAt) {
            firstAt = record.timestamp();
        }
    }

    void dead(ConsumerRecord<byte[], byte[]> record, Unfit unfit) {
        count(record);
        dead++;
        aside.dead(record, unfit);
    }

    /** One that passed, and then could not be kept. */
    void deadAfterAll(ConsumerRecord<byte[], byte[]> record, Unfit unfit) {
        passed--;
        dead++;
        aside.dead(record, unfit);
    }

    private boolean isLate(ConsumerRecord<byte[], byte[]> record, Record row) throws Unfit {
        Object at = time == null ? null : row.getField(time.name());
        if (at == null) {
            return false;
        }
        long millis = millis(at);
        if (watermarkMillis != null && millis < watermarkMillis) {
            count(record);
            late++;
            aside.late(record, watermarkMillis);
            return true;
        }
        newestMillis = Math.max(newestMillis, millis);
        return false;
    }

    private static long millis(Object at) throws Unfit {
        if (at instanceof OffsetDateTime time) {
            return time.toInstant().toEpochMilli();
        }
        if (at instanceof LocalDateTime time) {
            return time.toInstant(ZoneOffset.UTC).toEpochMilli();
        }
        if (at instanceof Long millis) {
            return millis;
        }
        throw new Unfit("has something that is no time in the column of the watermark");
    }

    public Counts counts() {
        return new Counts(
                records,
                passed,
                dead,
                late,
                newestMillis == Long.MIN_VALUE ? null : Long.valueOf(newestMillis),
                firstAt);
    }
}
