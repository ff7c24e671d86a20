package io.fjord.core.domain;

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
        String after = PageToken.cursor(call).map(cursor -> cursor.get(0)).orElse("");
        return domains.page(after, call.pageSize() + 1)
                .map(at -> Reply.ok(Page.of(call, at.value(), domain -> List.of(domain.name())))
                        .position(metastore.service(), at.position()));
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
