package io.fjord.platform.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.codec.MessageTypes;
import io.fjord.codec.UnreadableMessage;
import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.kernel.BrokenCommands;
import io.fjord.kernel.DeadLetter;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The commands of a service that could not be read or decided: listed, and wished once more. */
public final class DeadLetterRoutes {

    private static final int MOST = 10_000;

    private final String service;
    private final BrokenCommands letters;
    private final CommandRoutes commands;
    private final MessageTypes types;

    public DeadLetterRoutes(String service, BrokenCommands letters, CommandRoutes commands, MessageTypes types) {
        this.service = service;
        this.letters = letters;
        this.commands = commands;
        this.types = types;
    }

    public void install(Api api) {
        api.on("listDeadLetters", this::list).on("replayDeadLetter", this::replay);
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record View(
            String id,
            String topic,
            int partition,
            long offset,
            @Nullable String subject,
            @Nullable String command,
            @Nullable String commandId,
            @Nullable String actor,
            Problem problem,
            Instant at) {

        static View of(DeadLetter letter) {
            return new View(
                    letter.id(),
                    letter.topic(),
                    letter.partition(),
                    letter.offset(),
                    letter.headers().get("ce_subject"),
                    letter.headers().get("ce_type"),
                    letter.headers().get("ce_id"),
                    letter.headers().get("ce_actor"),
                    letter.problem(),
                    letter.time());
        }
    }

    private Future<Reply> list(Call call) {
        demandOwn(call);
        int from = PageToken.cursor(call)
                .map(cursor -> Integer.parseInt(cursor.get(0)))
                .orElse(0);
        return letters.list(service, MOST).map(all -> {
            int to = Math.min(all.size(), from + call.pageSize() + 1);
            List<View> found =
                    all.subList(Math.min(from, to), to).stream().map(View::of).toList();
            return Reply.ok(Page.of(call, found, last -> List.of(String.valueOf(from + call.pageSize()))));
        });
    }

    private void demandOwn(Call call) {
        String named = call.query("service").orElse("");
        if (!named.equals(service)) {
            throw HttpProblems.noSuchService(named, List.of(service));
        }
    }

    /** A new command, with the broken one as its cause. */
    private Future<Reply> replay(Call call) {
        demandOwn(call);
        String id = call.path("id");
        return letters.get(service, id).compose(found -> {
            DeadLetter letter = found.orElseThrow(() -> new ProblemException(Problem.of(
                    "dead-letter-not-found",
                    404,
                    "No such dead letter",
                    "There is no dead letter '" + id + "'. 'fjord dead-letters list' shows those there are.")));
            String type = letter.headers().getOrDefault("ce_type", "");
            try {
                Address subject = Address.parse(letter.headers().getOrDefault("ce_subject", ""));
                Object command = types.read(type, Objects.requireNonNullElse(letter.data(), new byte[0]));
                return commands.submit(
                        call,
                        subject,
                        command,
                        letter.headers().get("ce_id"),
                        event -> Future.succeededFuture(Reply.ok(Operation.decided(
                                event.with(new String(event.data(), StandardCharsets.UTF_8)), type))));
            } catch (UnreadableMessage | IllegalArgumentException e) {
                return Future.failedFuture(new ProblemException(Problem.of(
                        "dead-letter-unreadable",
                        422,
                        "Dead letter cannot be replayed",
                        "'" + id + "' cannot be read as a command: " + e.getMessage()
                                + ". Send a correct command in its place.")));
            }
        });
    }
}
