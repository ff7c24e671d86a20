package io.fjord.core.pipeline;

import java.time.Instant;

/**
 * Where a pipeline is in its life; each step exists only where it is legal.
 *
 * <pre>
 *  Absent ──► Starting ──► Running ──► Stopping ──► Stopped or Paused ──► Starting …
 *               │              │
 *               └──► Failed ◄──┘   ──► Starting …         any ──► Deleted ──► Starting …
 * </pre>
 */
sealed interface PipelineLifecycle {

    /** What never was. */
    record Absent() implements PipelineLifecycle {}

    record Starting(Instant deadline, String reason) implements PipelineLifecycle {}

    record Running(Instant since) implements PipelineLifecycle {}

    /** @param pausing its driver stays */
    record Stopping(boolean pausing, Instant deadline) implements PipelineLifecycle {}

    record Paused() implements PipelineLifecycle {}

    record Stopped() implements PipelineLifecycle {}

    record Failed(String reason) implements PipelineLifecycle {}

    record Deleted() implements PipelineLifecycle {}

    /** As it stands in rows and answers. */
    default String label() {
        return getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT);
    }

    static Class<? extends PipelineLifecycle> ofLabel(String label) {
        return switch (label) {
            case "absent" -> Absent.class;
            case "starting" -> Starting.class;
            case "running" -> Running.class;
            case "stopping" -> Stopping.class;
            case "paused" -> Paused.class;
            case "stopped" -> Stopped.class;
            case "failed" -> Failed.class;
            case "deleted" -> Deleted.class;
            default -> throw new IllegalArgumentException("No pipeline state is called '" + label + "'");
        };
    }
}
