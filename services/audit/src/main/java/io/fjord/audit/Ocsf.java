package io.fjord.audit;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import io.fjord.codec.Json;
import io.fjord.contract.Address;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Entries as events of the Open Cybersecurity Schema Framework, 1.3: logins are Authentication, what is done to people, groups, their
 * tokens and rights is Entity Management, everything else API Activity. All of the entry stands under {@code unmapped}.
 */
final class Ocsf {

    private static final String VERSION = "1.3.0";
    private static final String OTHER_NAME = "Other";

    private static final int CREATE = 1;
    private static final int READ = 2;
    private static final int UPDATE = 3;
    private static final int DELETE = 4;
    private static final int OTHER = 99;

    private static final int LOGON = 1;
    private static final int LOGOFF = 2;

    private static final Map<Integer, String> DONE =
            Map.of(CREATE, "Create", READ, "Read", UPDATE, "Update", DELETE, "Delete", OTHER, OTHER_NAME);

    /** What is managed to say who may what. */
    private static final Set<String> OF_IDENTITY = Set.of(
            "user",
            "group",
            "service-account",
            "token",
            "role",
            "grant",
            "bundle",
            "identity-source",
            "policy",
            "guardrail");

    /** How names of messages begin (commands) or end (events), and what that is. */
    private static final Map<String, Integer> VERBS = new TreeMap<>(Map.ofEntries(
            Map.entry("Create", CREATE),
            Map.entry("Created", CREATE),
            Map.entry("Registered", CREATE),
            Map.entry("Added", CREATE),
            Map.entry("Add", CREATE),
            Map.entry("Delete", DELETE),
            Map.entry("Deleted", DELETE),
            Map.entry("Dropped", DELETE),
            Map.entry("Remove", DELETE),
            Map.entry("Removed", DELETE),
            Map.entry("Revoke", DELETE),
            Map.entry("Revoked", DELETE),
            Map.entry("Read", READ),
            Map.entry("Used", READ),
            Map.entry("Scanned", READ),
            Map.entry("Sampled", READ),
            Map.entry("Change", UPDATE),
            Map.entry("Changed", UPDATE),
            Map.entry("Resize", UPDATE),
            Map.entry("Resized", UPDATE),
            Map.entry("Committed", UPDATE),
            Map.entry("Renamed", UPDATE),
            Map.entry("Set", UPDATE),
            Map.entry("Suspended", UPDATE),
            Map.entry("Replaced", UPDATE)));

    private Ocsf() {}

    static ObjectNode of(Entry entry) {
        String name = name(entry.type());
        if (name.endsWith("LoggedIn") || name.endsWith("LoginFailed") || name.endsWith("LoggedOut")) {
            return authentication(entry, name);
        }
        Optional<Address> subject = address(entry.subject());
        return subject.isPresent() && OF_IDENTITY.contains(subject.get().kind())
                ? entityManagement(entry, name, subject.get())
                : apiActivity(entry, name);
    }

    /** {@code CreateCluster} of {@code fjord.core.cluster.CreateCluster.v1}. */
    private static String name(String type) {
        String[] parts = type.split("\\.");
        return parts.length >= 2 ? parts[parts.length - 2] : type;
    }

    private static Optional<Address> address(String subject) {
        try {
            return Optional.of(Address.parse(subject));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static int activity(String name) {
        return VERBS.entrySet().stream()
                .filter(verb -> name.startsWith(verb.getKey()) || name.endsWith(verb.getKey()))
                .max((a, b) -> a.getKey().length() - b.getKey().length())
                .map(Map.Entry::getValue)
                .orElse(OTHER);
    }

    private static ObjectNode authentication(Entry entry, String name) {
        boolean out = name.endsWith("LoggedOut");
        ObjectNode event = event(entry, 3, 3002, "Authentication", out ? LOGOFF : LOGON, out ? "Logoff" : "Logon");
        event.set("user", user(entry.actor()));
        event.putObject("service").put("name", "Fjord");
        if (name.endsWith("LoginFailed")) {
            status(event, 2, "Failure", 3, "Medium");
        } else {
            status(event, 1, "Success", 1, "Informational");
        }
        return event;
    }

    private static ObjectNode entityManagement(Entry entry, String name, Address subject) {
        int activity = activity(name);
        ObjectNode event = event(entry, 3, 3004, "Entity Management", activity, DONE.get(activity));
        event.putObject("entity")
                .put("uid", entry.subject())
                .put("name", subject.name())
                .put("type", subject.kind());
        // Who did it belongs to this class by a profile only.
        event.withObject("/metadata").putArray("profiles").add("host");
        event.putObject("actor").set("user", user(entry.actor()));
        return event;
    }

    private static ObjectNode apiActivity(Entry entry, String name) {
        int activity = activity(name);
        ObjectNode event = event(entry, 6, 6003, "API Activity", activity, DONE.get(activity));
        event.putObject("actor").set("user", user(entry.actor()));
        ObjectNode api = event.putObject("api").put("operation", entry.type());
        api.putObject("service").put("name", entry.service());
        if (entry.commandId() != null) {
            api.putObject("request").put("uid", entry.commandId());
        }
        String address = entry.origin() == null ? null : entry.origin().address();
        ObjectNode from = event.putObject("src_endpoint");
        if (address == null) {
            from.put("name", "unknown");
        } else {
            from.put("ip", address);
        }
        ObjectNode resource = event.putArray("resources").addObject();
        resource.put("uid", entry.subject()).put("namespace", entry.domain());
        address(entry.subject())
                .ifPresent(subject -> resource.put("name", subject.name()).put("type", subject.kind()));
        return event;
    }

    private static ObjectNode event(
            Entry entry, int category, int type, String caption, int activity, @Nullable String activityName) {
        ObjectNode event = Json.MAPPER
                .createObjectNode()
                .put("category_uid", category)
                .put("category_name", category == 3 ? "Identity & Access Management" : "Application Activity")
                .put("class_uid", type)
                .put("class_name", caption)
                .put("activity_id", activity)
                .put("activity_name", activityName)
                .put("type_uid", type * 100L + activity)
                .put("type_name", caption + ": " + activityName)
                .put("time", entry.time().toEpochMilli())
                .put("message", name(entry.type()) + " " + entry.subject());
        outcome(entry, event);
        ObjectNode metadata = event.putObject("metadata")
                .put("version", VERSION)
                .put("uid", Long.toString(entry.seq()))
                .put("sequence", entry.seq())
                .put("correlation_uid", entry.correlationId())
                .put("event_code", entry.type())
                .put("original_time", entry.time().toString());
        metadata.putObject("product").put("name", "Fjord").put("vendor_name", "Fjord");
        event.putObject("unmapped").putRawValue("entry", new RawValue(Json.text(entry)));
        return event;
    }

    private static void outcome(Entry entry, ObjectNode event) {
        String outcome = entry.outcome();
        if (entry.type().contains("Denied") || "rejected".equals(outcome)) {
            status(event, 2, "Failure", 2, "Low");
        } else if (entry.kind().equals(Entry.ATTEMPT) && outcome == null) {
            // Nobody knows yet.
            status(event, 0, "Unknown", 1, "Informational");
        } else {
            status(event, 1, "Success", 1, "Informational");
        }
        if (outcome != null) {
            event.put("status_detail", outcome);
        }
    }

    private static void status(ObjectNode event, int id, String status, int severityId, String severity) {
        event.put("status_id", id)
                .put("status", status)
                .put("severity_id", severityId)
                .put("severity", severity);
    }

    private static ObjectNode user(String actor) {
        int colon = actor.indexOf(':');
        return Json.MAPPER
                .createObjectNode()
                .put("uid", actor)
                .put("name", actor.substring(colon + 1))
                .put("type_id", actor.startsWith("user:") ? 1 : 3)
                .put("type", actor.startsWith("user:") ? "User" : "System");
    }
}
