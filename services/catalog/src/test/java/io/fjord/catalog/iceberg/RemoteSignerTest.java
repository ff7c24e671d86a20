package io.fjord.catalog.iceberg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fjord.contract.catalog.catalog.Storage;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.iceberg.exceptions.BadRequestException;
import org.apache.iceberg.exceptions.ForbiddenException;
import org.apache.iceberg.rest.requests.ImmutableRemoteSignRequest;
import org.apache.iceberg.rest.requests.RemoteSignRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RemoteSignerTest {

    private static final Storage LOCAL =
            new Storage("s3", "http://127.0.0.1:9000", "http://files.example:9000", "us-east-1", true, null, null);
    private static final Storage AWS = new Storage("s3", null, null, "eu-central-1", false, null, null);
    private static final Map<String, String> KEYS = Map.of("accessKeyId", "id", "secretAccessKey", "secret");
    private static final String FOLDER = "s3://lake/sales/orders-1/";

    @ParameterizedTest
    @CsvSource({
        "GET,http://127.0.0.1:9000/lake/sales/orders-1/data/a.parquet",
        "PUT,http://files.example:9000/lake/sales/orders-1/data/a%20b.parquet?x-id=PutObject",
        "GET,http://127.0.0.1:9000/lake?list-type=2&prefix=sales%2Forders-1%2Fdata",
        "POST,http://127.0.0.1:9000/lake/sales/orders-1/data/a.parquet?uploads",
    })
    void whatIsOfTheTableIsSigned(String method, String uri) {
        assertThat(names(signed(LOCAL, request(method, uri, Map.of(), null))))
                .contains("authorization", "x-amz-date", "x-amz-content-sha256");
    }

    @ParameterizedTest
    @CsvSource({
        "GET,http://127.0.0.1:9000/lake/sales/orders-2/data/a.parquet",
        "GET,http://127.0.0.1:9000/lake/sales/orders-1",
        "GET,http://127.0.0.1:9000/other/sales/orders-1/a",
        "GET,http://127.0.0.1:9000/lake/sales/orders-1/%2E%2E/orders-2/a",
        "GET,http://127.0.0.1:9000/lake/sales/orders-1/../orders-2/a",
        "GET,http://elsewhere.example/lake/sales/orders-1/a",
        "GET,http://127.0.0.1:9000/lake?list-type=2",
        "GET,http://127.0.0.1:9000/lake?list-type=2&prefix=sales%2F",
        "GET,http://127.0.0.1:9000/lake/sales/orders-1/a?acl",
        "PUT,http://127.0.0.1:9000/lake?policy",
        "DELETE,http://127.0.0.1:9000/lake/sales/orders-2/a?delete",
    })
    void whatIsNotIsRefused(String method, String uri) {
        String body = uri.endsWith("?delete") ? "<Delete><Object><Key>sales/orders-1/a</Key></Object></Delete>" : null;
        assertThatThrownBy(() -> signed(LOCAL, request(method, uri, Map.of(), body)))
                .isInstanceOf(ForbiddenException.class);
    }

    @Test
    void aPrefixThatIsSaidTwiceIsRefused() {
        String uri = "http://127.0.0.1:9000/lake?list-type=2&prefix=sales/orders-1/&prefix=sales/";
        assertThatThrownBy(() -> signed(LOCAL, request("GET", uri, Map.of(), null)))
                .isInstanceOf(BadRequestException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x-amz-copy-source", "X-Amz-Acl", "x-amz-grant-read", "x-amz-tagging"})
    void headersThatReachFurtherAreRefused(String header) {
        String uri = "http://127.0.0.1:9000/lake/sales/orders-1/data/a.parquet";
        assertThatThrownBy(() -> signed(LOCAL, request("PUT", uri, Map.of(header, List.of("x")), null)))
                .isInstanceOf(ForbiddenException.class);
    }

    @Test
    void theBucketIsTheWholeOfWhatStandsBeforeTheServer() {
        String mine = "https://lake.s3.eu-central-1.amazonaws.com/sales/orders-1/a";
        assertThat(names(signed(AWS, request("GET", mine, Map.of(), null)))).contains("authorization");
        String others = mine.replace("//lake.", "//lake.other.");
        assertThatThrownBy(() -> signed(AWS, request("GET", others, Map.of(), null)))
                .isInstanceOf(ForbiddenException.class);
    }

    @Test
    void severalFilesAreDeletedIfAllAreOfTheTableAndTheBodyIsWhatWasShown() {
        String one = "<Delete><Object><Key>sales/orders-1/a</Key></Object></Delete>";
        Map<String, List<String>> unsignedBody = Map.of("x-amz-content-sha256", List.of("UNSIGNED-PAYLOAD"));
        var headers = signed(LOCAL, request("POST", "http://127.0.0.1:9000/lake?delete", unsignedBody, one));
        assertThat(values(headers, "x-amz-content-sha256"))
                .hasSize(1)
                .first()
                .asString()
                .matches("[0-9a-f]{64}");

        for (String body : List.of(
                one.replace("</Object>", "</Object><Object><Key>sales/orders-2/a</Key></Object>"),
                one.replace("</Object>", "</Object><Object><x:Key xmlns:x='x'>sales/orders-2/a</x:Key></Object>"),
                one.replace("</Object>", "</Object><Object><Key><![CDATA[sales/orders-2/a]]></Key></Object>"),
                one.replace("orders-1", "orders&#45;2"),
                "<Delete></Delete>")) {
            assertThatThrownBy(
                            () -> signed(LOCAL, request("POST", "http://127.0.0.1:9000/lake?delete", Map.of(), body)))
                    .as(body)
                    .isInstanceOf(ForbiddenException.class);
        }
    }

    private static Map<String, List<String>> signed(Storage storage, RemoteSignRequest request) {
        return RemoteSigner.signed(request, storage, KEYS, FOLDER);
    }

    private static RemoteSignRequest request(
            String method, String uri, Map<String, List<String>> headers, String body) {
        return ImmutableRemoteSignRequest.builder()
                .method(method)
                .uri(URI.create(uri))
                .region(uri.contains("amazonaws") ? "eu-central-1" : "us-east-1")
                .headers(new HashMap<>(headers))
                .body(body)
                .build();
    }

    private static List<String> names(Map<String, List<String>> headers) {
        return headers.keySet().stream()
                .map(name -> name.toLowerCase(Locale.ROOT))
                .toList();
    }

    private static List<String> values(Map<String, List<String>> headers, String name) {
        return headers.entrySet().stream()
                .filter(header -> header.getKey().equalsIgnoreCase(name))
                .flatMap(header -> header.getValue().stream())
                .toList();
    }
}
