package io.fjord.audit;

import io.fjord.audit.log.Checkpoint;
import io.fjord.audit.log.Hashes;
import io.fjord.audit.log.LogSource;
import io.fjord.audit.log.Merkle;
import io.fjord.audit.log.NoteKey;
import io.fjord.audit.log.SignedNote;
import io.fjord.audit.log.Tile;
import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.HttpProblems;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Reply;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;

/**
 * The tamper-evident log over HTTP (C2SP tlog-tiles): its checkpoint, its tiles, and proofs. Hashes are for everybody who is known
 * here, and say nothing of what was hashed; the entries themselves are for those who may export all of the record.
 */
final class LogRoutes {

    /** What rights to the log as a whole are about. */
    static final Address LOG = new Address("platform", "audit", "log");

    static final String EXPORT = "audit:export";

    private static final String TEXT = "text/plain; charset=utf-8";
    private static final String IMMUTABLE = "private, max-age=31536000, immutable";

    private final Vertx vertx;
    private final EntryQueries entries;
    private final LogHeads heads;
    private final LogSealer sealer;
    private final List<NoteKey> witnesses;

    LogRoutes(Vertx vertx, EntryQueries entries, LogHeads heads, LogSealer sealer, List<String> witnesses) {
        this.vertx = vertx;
        this.entries = entries;
        this.heads = heads;
        this.sealer = sealer;
        this.witnesses = witnesses.stream().map(NoteKey::parse).toList();
    }

    void install(Api api) {
        api.on("getAuditLog", this::state)
                .on("getAuditCheckpoint", this::checkpoint)
                .on("getAuditLogKey", call -> Future.succeededFuture(text(log().key() + "\n")))
                .on("getAuditTile", call -> tile(call, call.path("a")))
                .on("getAuditTile2", call -> tile(call, call.path("a") + "/" + call.path("b")))
                .on("getAuditTile3", call -> tile(call, call.path("a") + "/" + call.path("b") + "/" + call.path("c")))
                .on(
                        "getAuditTile4",
                        call -> tile(
                                call,
                                call.path("a") + "/" + call.path("b") + "/" + call.path("c") + "/" + call.path("d")))
                .on("getAuditWholeEntry", this::whole)
                .on("proveAuditInclusion", this::inclusion)
                .on("proveAuditConsistency", this::consistency)
                .on("cosignAuditLog", this::cosign);
    }

    /** The log as others may know it. */
    private SealedLog log() {
        return sealer.sealed()
                .orElseThrow(() -> sealer.broken()
                        .map(LogRoutes::broken)
                        .orElseGet(() -> HttpProblems.serviceUnavailable("audit")));
    }

    /** The log, if it goes on. */
    SealedLog sound() {
        sealer.broken().ifPresent(what -> {
            throw broken(what);
        });
        return log();
    }

    private static ProblemException broken(String what) {
        return new ProblemException(Problem.of(
                "audit-log-broken",
                503,
                "The log of the audit is broken",
                "Nothing is signed any more: " + what + "."));
    }

    static Reply text(String text) {
        return Reply.bytes(TEXT, Buffer.buffer(text)).header("Cache-Control", "no-store");
    }

    private Future<Reply> state(Call call) {
        return entries.last().map(last -> {
            Map<String, Object> state = new LinkedHashMap<>();
            sealer.sealed().ifPresent(log -> {
                state.put("origin", log.checkpoint().origin());
                state.put("key", log.key().toString());
                state.put("size", log.checkpoint().size());
                state.put("root", base64(log.checkpoint().root()));
            });
            state.put("recorded", last);
            state.put("witnesses", witnesses.stream().map(NoteKey::toString).toList());
            sealer.broken().ifPresent(what -> state.put("broken", what));
            return Reply.ok(state);
        });
    }

    // Static, as a folder would be

    private Future<Reply> checkpoint(Call call) {
        SealedLog log = sound();
        Checkpoint newest = log.checkpoint();
        return call.queryFlag("cosigned")
                ? heads.newestCosigned(newest.origin()).map(lines -> {
                    if (lines.isEmpty()) {
                        throw new ProblemException(Problem.of(
                                "audit-log-not-cosigned",
                                404,
                                "No witness signed yet",
                                "No witness has signed a checkpoint of this log. FJORD_AUDIT_WITNESSES names those whose"
                                        + " signatures are taken, 'POST /api/v1/audit/log/cosignatures' takes them."));
                    }
                    return text(
                            with(SignedNote.parse(lines.get(0).note()), lines).toString());
                })
                : heads.cosignatures(newest.origin(), newest.size())
                        .map(lines -> text(with(log.note(), lines).toString()));
    }

    static SignedNote with(SignedNote note, List<LogHeads.Cosigned> lines) {
        SignedNote all = note;
        for (LogHeads.Cosigned one : lines) {
            all = all.with(one.line());
        }
        return all;
    }

    private Future<Reply> tile(Call call, String rest) {
        String path = "tile/" + call.path("level") + "/" + rest;
        Tile tile = Tile.parse(path).orElseThrow(() -> missing(path));
        if (tile.level() == Tile.ENTRIES) {
            call.require(EXPORT, LOG);
        }
        LogFiles files = log().files();
        return blocking(() -> files.read(tile)).map(bytes -> file(bytes, path));
    }

    private Future<Reply> whole(Call call) {
        call.require(EXPORT, LOG);
        String path = LogSource.whole(call.path("sha256"));
        LogFiles files = log().files();
        return blocking(() -> files.read(path)).map(bytes -> file(bytes, path));
    }

    private static Reply file(byte @org.jspecify.annotations.Nullable [] bytes, String path) {
        if (bytes == null) {
            throw missing(path);
        }
        return Reply.bytes("application/octet-stream", Buffer.buffer(bytes)).header("Cache-Control", IMMUTABLE);
    }

    private static ProblemException missing(String path) {
        return new ProblemException(Problem.of(
                "audit-tile-not-found",
                404,
                "No such part of the log",
                "The log has no '" + path + "'. The checkpoint tells its size, from which all tiles follow"
                        + " (https://c2sp.org/tlog-tiles)."));
    }

    <T> Future<T> blocking(Callable<T> work) {
        return vertx.executeBlocking(work, false);
    }

    // Proofs

    private Future<Reply> inclusion(Call call) {
        SealedLog log = sound();
        long seq = Long.parseLong(call.query("seq").orElseThrow());
        long size =
                call.query("size").map(Long::parseLong).orElse(log.checkpoint().size());
        return entries.one(seq).compose(found -> {
            // Whoever may read the entry may know where it stands.
            call.require("audit:read", found.map(AuditRoutes::resource).orElse(LOG));
            if (seq > size || size > log.checkpoint().size()) {
                throw HttpProblems.invalidRequest(
                        seq > size ? "seq" : "size",
                        "lies behind the end of the log, which is "
                                + Math.min(size, log.checkpoint().size()) + " now");
            }
            return blocking(() -> {
                Hashes hashes = hashes(log);
                Map<String, Object> proof = new LinkedHashMap<>();
                proof.put("origin", log.checkpoint().origin());
                proof.put("seq", seq);
                proof.put("size", size);
                proof.put("leafHash", base64(leaf(log, seq)));
                proof.put("rootHash", base64(hashes.root(size)));
                proof.put("hashes", texts(hashes.inclusion(seq - 1, size)));
                proof.put("checkpoint", log.note().toString());
                return Reply.ok(proof);
            });
        });
    }

    private static byte[] leaf(SealedLog log, long seq) {
        Tile tile = Tile.holding(0, seq - 1, log.checkpoint().size());
        int at = (int) ((seq - 1) % Tile.FULL) * Merkle.HASH_BYTES;
        return java.util.Arrays.copyOfRange(tile(log, tile), at, at + Merkle.HASH_BYTES);
    }

    private Future<Reply> consistency(Call call) {
        SealedLog log = sound();
        long from = Long.parseLong(call.query("from").orElseThrow());
        long to = call.query("to").map(Long::parseLong).orElse(log.checkpoint().size());
        if (from > to || to > log.checkpoint().size()) {
            throw HttpProblems.invalidRequest(
                    from > to ? "from" : "to",
                    "lies behind the end, which is "
                            + Math.min(to, log.checkpoint().size()));
        }
        return blocking(() -> {
            Hashes hashes = hashes(log);
            Map<String, Object> proof = new LinkedHashMap<>();
            proof.put("origin", log.checkpoint().origin());
            proof.put("from", from);
            proof.put("to", to);
            proof.put("fromRootHash", base64(hashes.root(from)));
            proof.put("toRootHash", base64(hashes.root(to)));
            proof.put("hashes", texts(hashes.consistency(from, to)));
            proof.put("checkpoint", log.note().toString());
            return Reply.ok(proof);
        });
    }

    static Hashes hashes(SealedLog log) {
        return new Hashes(tile -> tile(log, tile), log.checkpoint().size());
    }

    private static byte[] tile(SealedLog log, Tile tile) {
        try {
            return Objects.requireNonNull(log.files().read(tile), tile.path());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    static List<String> texts(List<byte[]> hashes) {
        return hashes.stream().map(LogRoutes::base64).toList();
    }

    // Witnesses

    /** Takes what a witness signed under one of our checkpoints, whichever size it saw. */
    private Future<Reply> cosign(Call call) {
        SealedLog log = sound();
        SignedNote note;
        Checkpoint seen;
        try {
            note = SignedNote.parse(call.body().toString(StandardCharsets.UTF_8));
            seen = Checkpoint.parse(note.text());
        } catch (IllegalArgumentException e) {
            throw HttpProblems.invalidRequest("", String.valueOf(e.getMessage()));
        }
        if (!note.isSignedBy(log.key()) || seen.size() > log.checkpoint().size()) {
            throw HttpProblems.invalidRequest("", "is no checkpoint of this log: it is not signed by " + log.key());
        }
        List<SignedNote.Line> lines = new ArrayList<>();
        for (NoteKey witness : witnesses) {
            note.signatures().stream()
                    .filter(line -> new SignedNote(note.text(), List.of(line)).isSignedBy(witness))
                    .findFirst()
                    .ifPresent(lines::add);
        }
        if (lines.isEmpty()) {
            throw HttpProblems.invalidRequest(
                    "",
                    "is signed by none of the witnesses of this log; FJORD_AUDIT_WITNESSES names "
                            + (witnesses.isEmpty()
                                    ? "none"
                                    : String.join(
                                            ", ",
                                            witnesses.stream()
                                                    .map(NoteKey::name)
                                                    .toList())));
        }
        SignedNote ours = onlyOurs(note, log.key());
        return blocking(() -> hashes(log).root(seen.size())).compose(root -> {
            if (!java.util.Arrays.equals(root, seen.root())) {
                // Our own key under something that never was: to be told, not to be kept.
                throw HttpProblems.invalidRequest(
                        "", "has another root than this log had then: one of both was forked");
            }
            return heads.cosigned(seen, ours, lines).map(Reply.noContent());
        });
    }

    private static SignedNote onlyOurs(SignedNote note, NoteKey key) {
        return new SignedNote(
                note.text(),
                note.signatures().stream()
                        .filter(line -> new SignedNote(note.text(), List.of(line)).isSignedBy(key))
                        .limit(1)
                        .toList());
    }
}
