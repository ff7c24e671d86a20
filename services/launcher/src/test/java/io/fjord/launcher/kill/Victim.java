package io.fjord.launcher.kill;

import io.fjord.embedded.Server;

/** Who is killed. */
enum Victim {
    CONTROL_PLANE,
    BROKER,
    DATABASE,
    KEYCLOAK;

    Server of(KillablePlatform platform) {
        return switch (this) {
            case CONTROL_PLANE -> platform.plane();
            case BROKER -> platform.kafka();
            case DATABASE -> platform.database();
            case KEYCLOAK -> platform.keycloak();
        };
    }
}
