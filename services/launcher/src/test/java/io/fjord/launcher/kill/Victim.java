package io.fjord.launcher.kill;

import io.fjord.embedded.Server;
import io.fjord.testing.TestServers;

/** Who is killed. */
enum Victim {
    CONTROL_PLANE,
    BROKER,
    DATABASE,
    OBJECT_STORE,
    KEYCLOAK;

    Server of(KillablePlatform platform) {
        return switch (this) {
            case CONTROL_PLANE -> platform.plane();
            case BROKER -> platform.kafka();
            case DATABASE -> platform.database();
            case OBJECT_STORE -> TestServers.objectStore();
            case KEYCLOAK -> platform.keycloak();
        };
    }
}
