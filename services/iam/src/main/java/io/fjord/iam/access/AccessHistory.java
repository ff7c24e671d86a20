package io.fjord.iam.access;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.kernel.Journals;
import io.fjord.kernel.Metastore;
import io.fjord.platform.access.AccessRules;
import io.fjord.platform.access.AccessView;
import io.fjord.platform.access.Condition;
import io.fjord.platform.http.HttpProblems;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The access rules as they were: iam's journal folded up to a position, and those of others up to the same time. */
final class AccessHistory {

    private static final Logger log = LoggerFactory.getLogger(AccessHistory.class);
    private static final int PAGE = 1000;

    private final Metastore metastore;
    private final Journals journals;
    private final Function<String, Condition> conditions;
    private final MessageTypes types = AccessView.messages(new MessageTypes());

    /**
     * @param journals where those of other services are read
     * @param conditions compiles those of policies
     */
    AccessHistory(Metastore metastore, Journals journals, Function<String, Condition> conditions) {
        this.metastore = metastore;
        this.journals = journals;
        this.conditions = conditions;
    }

    /** @param position how far the rules are, as {@code iam=1:12,control-policies=1:3} */
    record Then(AccessRules rules, String position) {}

    /**
     * @param time what happened elsewhere up to then counts; empty for the time of the event at the position
     * @param others the services beside iam whose events are rules: control-policies, where it runs
     */
    Future<Then> at(Position position, Optional<Instant> time, Collection<String> others) {
        return time.map(Future::succeededFuture)
                .orElseGet(() -> timeOf(position))
                .compose(until -> fold(position, until, others));
    }

    private Future<Then> fold(Position position, Instant time, Collection<String> others) {
        AccessRules rules = new AccessRules(conditions, Clock.fixed(time, ZoneOffset.UTC));
        Future<String> reached =
                foldOwn(rules, new Position(1, 0), position).map(own -> metastore.service() + "=" + own);
        for (String other : others) {
            reached = reached.compose(before ->
                    foldOther(rules, other, new Position(1, 0), time).map(at -> before + "," + other + "=" + at));
        }
        return reached.map(at -> new Then(rules, at));
    }

    private Future<Instant> timeOf(Position position) {
        if (position.n() == 0) {
            return Future.succeededFuture(Instant.EPOCH);
        }
        return metastore
                .journal(new Position(position.epoch(), position.n() - 1), 1)
                .map(events -> events.isEmpty() ? Instant.EPOCH : events.get(0).time());
    }

    private Future<Position> foldOwn(AccessRules rules, Position from, Position until) {
        return metastore.journal(from, PAGE).compose(events -> {
            Position at = from;
            for (EventEnvelope<String> event : events) {
                if (event.position().isAfter(until)) {
                    return Future.succeededFuture(at);
                }
                if (types.knows(event.type())) {
                    rules.apply(event.subject(), types.read(event.type(), event.data()));
                }
                at = event.position();
            }
            return events.size() < PAGE ? Future.succeededFuture(at) : foldOwn(rules, at, until);
        });
    }

    private Future<Position> foldOther(AccessRules rules, String service, Position from, Instant until) {
        return pageOf(service, from).compose(events -> {
            Position at = from;
            for (EventEnvelope<byte[]> event : events) {
                if (event.time().isAfter(until)) {
                    return Future.succeededFuture(at);
                }
                if (types.knows(event.type())) {
                    rules.apply(event.subject(), types.read(event.type(), event.data()));
                }
                at = event.position();
            }
            return events.size() < PAGE ? Future.succeededFuture(at) : foldOther(rules, service, at, until);
        });
    }

    /** Without the policies nobody can say who was kept out. */
    private Future<List<EventEnvelope<byte[]>>> pageOf(String service, Position after) {
        return journals.after(service, after, PAGE).recover(failure -> {
            log.atWarn()
                    .addKeyValue("service", service)
                    .setCause(failure)
                    .log("A journal cannot be read for who had access");
            return Future.failedFuture(HttpProblems.serviceUnavailable(service));
        });
    }
}
