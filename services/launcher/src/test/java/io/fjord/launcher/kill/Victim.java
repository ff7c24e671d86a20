package io.fjord.launcher.kill;

import io.fjord.embedded.Server;
import io.fjord.testing.TestServers;

/** Who is killed. */
enum Victim {
    CONTROL_PLANE,
    BROKER,
    DATABASE,
    OBJECT_STORE,
    KEYCLOAK,
    /** The process that pipelines share. */
    PIPELINES;

    void kill(KillablePlatform platform) {
        if (this == PIPELINES) {
            platform.pipelineDrivers().forEach(ProcessHandle::destroyForcibly);
        } else {
            server(platform).kill();
        }
    }

    /** Returns when it is well; the process of pipelines is for the operator to start, in its time. */
    void start(KillablePlatform platform) {
        if (this != PIPELINES) {
            server(platform).start();
        }
    }

    private Server server(KillablePlatform platform) {
        return switch (this) {
            case CONTROL_PLANE -> platform.plane();
            case BROKER -> platform.kafka();
            case DATABASE -> platform.database();
            case OBJECT_STORE -> TestServers.objectStore();
            case KEYCLOAK -> platform.keycloak();
            case PIPELINES -> throw new IllegalStateException("The process of pipelines is no server of a test");
        };
    }
}
