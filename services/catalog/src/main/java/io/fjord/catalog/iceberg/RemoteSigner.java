package io.fjord.catalog.iceberg;

import io.fjord.contract.catalog.catalog.Storage;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.iceberg.exceptions.BadRequestException;
import org.apache.iceberg.exceptions.ForbiddenException;
import org.apache.iceberg.rest.requests.RemoteSignRequest;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.signer.AwsS3V4Signer;
import software.amazon.awssdk.auth.signer.params.AwsS3V4SignerParams;
import software.amazon.awssdk.http.SdkHttpFullRequest;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.regions.Region;

/** Signs a client's requests to S3, one by one, if they are for files of its table. */
final class RemoteSigner {

    private static final Set<String> READS = Set.of("GET", "HEAD");
    private static final Set<String> WRITES = Set.of("PUT", "POST", "DELETE");

    /** They change on the way, so they cannot be signed. */
    private static final Set<String> UNSIGNED = Set.of("range", "amz-sdk-invocation-id", "amz-sdk-request");

    /** What may be asked of a file beside itself; not its rights, its tags or its bucket's policy. */
    private static final Set<String> QUERY = Set.of(
            "list-type",
            "prefix",
            "delimiter",
            "continuation-token",
            "start-after",
            "max-keys",
            "encoding-type",
            "fetch-owner",
            "uploads",
            "uploadid",
            "partnumber",
            "delete",
            "x-id",
            "versionid");

    private static final Pattern DELETED = Pattern.compile("<Key>([^<]*)</Key>");

    private RemoteSigner() {}

    /** What a request is about. */
    private record Target(String bucket, String key, Map<String, String> query) {}

    static boolean isWrite(RemoteSignRequest request) {
        String method = request.method().toUpperCase(Locale.ROOT);
        if (!READS.contains(method) && !WRITES.contains(method)) {
            throw new BadRequestException("A request to S3 has no method %s", request.method());
        }
        return WRITES.contains(method);
    }

    /**
     * @param folders those of the table, each {@code s3://bucket/folder/}
     * @return the headers to send
     * @throws ForbiddenException if it is about anything else
     */
    static Map<String, List<String>> signed(
            RemoteSignRequest request, Storage storage, Map<String, String> keys, List<String> folders) {
        Target target = target(request.uri(), storage);
        requireInside(request, target, folders);
        Map<String, List<String>> signed = new LinkedHashMap<>();
        Map<String, List<String>> others = new LinkedHashMap<>();
        request.headers()
                .forEach((name, values) -> {
                    String lower = name.toLowerCase(Locale.ROOT);
                    // When it was signed, the signature says.
                    if (!lower.equals("x-amz-date") && !lower.equals("authorization")) {
                        (UNSIGNED.contains(lower) ? others : signed).put(name, values);
                    }
                });
        SdkHttpFullRequest unsigned = SdkHttpFullRequest.builder()
                .uri(request.uri())
                .method(SdkHttpMethod.fromValue(request.method()))
                .headers(signed)
                .build();
        AwsS3V4SignerParams how = AwsS3V4SignerParams.builder()
                .awsCredentials(AwsBasicCredentials.create(
                        Objects.requireNonNull(keys.get("accessKeyId")),
                        Objects.requireNonNull(keys.get("secretAccessKey"))))
                .signingName("s3")
                .signingRegion(Region.of(request.region()))
                .doubleUrlEncode(false)
                .enablePayloadSigning(false)
                .enableChunkedEncoding(false)
                .timeOffset(0)
                .build();
        Map<String, List<String>> headers = new LinkedHashMap<>(
                AwsS3V4Signer.create().sign(unsigned, how).headers());
        headers.putAll(others);
        return headers;
    }

    private static Target target(URI uri, Storage storage) {
        String host = uri.getHost();
        String path = uri.getRawPath() == null ? "" : decoded(uri.getRawPath()).replaceFirst("^/", "");
        if (host == null || uri.getUserInfo() != null) {
            throw new BadRequestException("The uri names no host");
        }
        String server = storage.endpoint() == null ? "amazonaws.com" : host(storage.endpoint());
        String outside = storage.clientEndpoint() == null ? server : host(storage.clientEndpoint());
        boolean known = host.equals(server)
                || host.equals(outside)
                || host.endsWith("." + server)
                || host.endsWith("." + outside);
        if (!known) {
            throw new ForbiddenException("Requests to %s are not signed: the files are not there", host);
        }
        boolean inPath = storage.pathStyle() || host.equals(server) || host.equals(outside) || host.startsWith("s3.");
        String bucket = inPath ? path.replaceFirst("/.*$", "") : host.substring(0, host.indexOf('.'));
        String key = inPath ? (path.contains("/") ? path.substring(path.indexOf('/') + 1) : "") : path;
        Map<String, String> query = new LinkedHashMap<>();
        if (uri.getRawQuery() != null) {
            for (String part : uri.getRawQuery().split("&")) {
                int equals = part.indexOf('=');
                String name = decoded(equals < 0 ? part : part.substring(0, equals));
                query.put(name.toLowerCase(Locale.ROOT), equals < 0 ? "" : decoded(part.substring(equals + 1)));
            }
        }
        return new Target(bucket, key, query);
    }

    private static String host(String endpoint) {
        String host = URI.create(endpoint).getHost();
        return host == null ? "" : host;
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new BadRequestException("The uri is not properly encoded");
        }
    }

    private static void requireInside(RemoteSignRequest request, Target target, List<String> folders) {
        for (String name : target.query().keySet()) {
            if (!QUERY.contains(name)) {
                throw new ForbiddenException("Requests with ?%s are not signed", name);
            }
        }
        request.headers().keySet().forEach(name -> {
            if (name.toLowerCase(Locale.ROOT).startsWith("x-amz-copy-source")
                    || name.toLowerCase(Locale.ROOT).startsWith("x-amz-acl")
                    || name.toLowerCase(Locale.ROOT).startsWith("x-amz-grant")) {
                throw new ForbiddenException("Requests with %s are not signed", name);
            }
        });
        if (target.query().containsKey("delete")) {
            String body = body(request);
            Matcher keys = DELETED.matcher(body == null ? "" : body);
            boolean any = false;
            while (keys.find()) {
                any = true;
                requireInside(target.bucket(), unescaped(keys.group(1)), folders);
            }
            if (!any) {
                throw new ForbiddenException("A deletion of several files is signed if its body is shown");
            }
        } else if (target.key().isEmpty()) {
            requireInside(target.bucket(), target.query().getOrDefault("prefix", ""), folders);
        } else {
            requireInside(target.bucket(), target.key(), folders);
        }
    }

    private static @Nullable String body(RemoteSignRequest request) {
        return request.body();
    }

    private static void requireInside(String bucket, String key, List<String> folders) {
        String path = "s3://" + bucket + "/" + key;
        boolean plain = !path.contains("/../") && !path.contains("/./") && !path.endsWith("/..");
        if (!plain || folders.stream().noneMatch(path::startsWith)) {
            throw new ForbiddenException("The file %s is not of this table", path);
        }
    }

    private static String unescaped(String xml) {
        return xml.replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&apos;", "'")
                .replace("&amp;", "&");
    }
}
