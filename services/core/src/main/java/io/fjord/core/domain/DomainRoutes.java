package io.fjord.core.domain;

import io.fjord.contract.Address;
import io.fjord.contract.Position;
import io.fjord.core.domain.DomainQueries.Domain;
import io.fjord.kernel.Metastore;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.Page;
import io.fjord.platform.http.PageToken;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Reads;
import io.fjord.platform.http.Reply;
import io.vertx.core.Future;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Domains over HTTP. */
public final class DomainRoutes {

    private final Metastore metastore;
    private final Reads reads;
    private final DomainQueries domains;

    public DomainRoutes(Metastore metastore, Reads reads, DomainQueries domains) {
        this.metastore = metastore;
        this.reads = reads;
        this.domains = domains;
    }

    public void install(Api api) {
        api.on("listDomains", this::list).on("getDomain", this::get);
    }

    private Future<Reply> list(Call call) {
        String begin = PageToken.cursor(call).map(cursor -> cursor.get(0)).orElse("");
        Predicate<Address> visible = call.those();
        // Of the first piece: what is answered is not from before it.
        AtomicReference<@Nullable Position> position = new AtomicReference<>();
        return Page.<Domain>sieved(
                        call,
                        domain -> visible.test(new Address(domain.name(), "domain", domain.name())),
                        (last, size) -> domains.page(last.map(Domain::name).orElse(begin), size)
                                .map(at -> {
                                    position.compareAndSet(null, at.position());
                                    return at.value();
                                }),
                        domain -> List.of(domain.name()))
                .map(page -> Reply.ok(page)
                        .position(metastore.service(), Objects.requireNonNull(position.get(), "nothing was read")));
    }

    private Future<Reply> get(Call call) {
        String name = call.path("name");
        return reads.reached(call).compose(ok -> domains.named(name)).map(at -> {
            if (at.value().isEmpty()) {
                throw new ProblemException(DomainQueries.notFound(name));
            }
            return Reply.ok(at.value().get(0)).position(metastore.service(), at.position());
        });
    }
}
