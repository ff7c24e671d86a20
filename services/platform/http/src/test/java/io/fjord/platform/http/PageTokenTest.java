package io.fjord.platform.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PageTokenTest {

    @Test
    void a_token_leads_to_where_it_was_given_out() {
        String token = PageToken.sealed("list a", List.of("ida", "ä/\"", ""));

        assertThat(PageToken.opened("list a", token)).containsExactly("ida", "ä/\"", "");
    }

    @Test
    void any_other_token_leads_nowhere() {
        String token = PageToken.sealed("list a", List.of("ida"));

        for (String bad :
                List.of("", "x", "!!", token + "A", token.substring(1), token.substring(0, token.length() - 2))) {
            assertThatThrownBy(() -> PageToken.opened("list a", bad))
                    .as(bad)
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            told -> assertThat(told.problem().slug()).isEqualTo("bad-page-token"));
        }
        assertThatThrownBy(() -> PageToken.opened("list b", token)).isInstanceOf(ProblemException.class);
    }

    @Test
    void a_list_is_read_page_by_page() {
        List<String> all = IntStream.range(100, 125).mapToObj(String::valueOf).toList();
        Api api = Api.load("boats").on("listBoats", call -> {
            call.those();
            String after = PageToken.cursor(call).map(cursor -> cursor.get(0)).orElse("");
            List<String> found = all.stream()
                    .filter(name -> name.compareTo(after) > 0)
                    .limit(call.pageSize() + 1)
                    .toList();
            return Future.succeededFuture(Reply.ok(Page.of(call, found, List::of)));
        });
        for (String other : List.of(
                "createBoat", "getBoat", "sinkBoat", "writeLog", "hearHorn", "readOpen", "foreign", "readEvents")) {
            api.on(other, call -> Future.succeededFuture(Reply.noContent()));
        }
        try (Web web =
                new Web(api.router(Web.VERTX, Web.everybody(request -> Future.succeededFuture(new Actor("user:a")))))) {
            var first = web.get("/api/v1/boats?pageSize=10&domain=a");
            String token = first.json().path("nextPageToken").asText();
            var second = web.get("/api/v1/boats?pageSize=12&domain=a&pageToken=" + token);
            var third = web.get("/api/v1/boats?domain=a&pageToken="
                    + second.json().path("nextPageToken").asText());

            assertThat(first.json().path("items")).hasSize(10);
            assertThat(second.json().path("items").path(0).asText()).isEqualTo("110");
            assertThat(third.json().path("items")).hasSize(3);
            assertThat(third.json().has("nextPageToken")).isFalse();
            assertThat(web.get("/api/v1/boats?domain=b&pageToken=" + token).problem())
                    .isEqualTo("bad-page-token");
        }
    }
}
