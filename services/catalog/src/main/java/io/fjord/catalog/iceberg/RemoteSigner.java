package io.fjord.catalog.iceberg;

import io.fjord.contract.catalog.catalog.Storage;
import java.io.ByteArrayInputStream;
import java.io.StringReader;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
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
            "x-id");

    /** Of S3's own headers; none of those that name another file, or change who may what. */
    private static final List<String> HEADERS = List.of(
            "x-amz-content-sha256",
            "x-amz-checksum-",
            "x-amz-sdk-checksum-algorithm",
            "x-amz-date",
            "x-amz-decoded-content-length",
            "x-amz-expected-bucket-owner",
            "x-amz-meta-",
            "x-amz-request-payer",
            "x-amz-server-side-encryption",
            "x-amz-storage-class",
            "x-amz-te",
            "x-amz-trailer",
            "x-amz-user-agent");

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
     * @param folder that of the table, {@code s3://bucket/folder/}
     * @return the headers to send
     * @throws ForbiddenException if it is about anything else
     */
    static Map<String, List<String>> signed(
            RemoteSignRequest request, Storage storage, Map<String, String> keys, String folder) {
        Target target = target(request.uri(), storage, request.region());
        requireInside(request, target, folder);
        Map<String, List<String>> signed = new LinkedHashMap<>();
        Map<String, List<String>> others = new LinkedHashMap<>();
        request.headers().forEach((name, values) -> {
            String lower = name.toLowerCase(Locale.ROOT);
            // When it was signed, the signature says.
            if (!lower.equals("x-amz-date") && !lower.equals("authorization")) {
                (UNSIGNED.contains(lower) ? others : signed).put(name, values);
            }
        });
        SdkHttpFullRequest.Builder unsigned = SdkHttpFullRequest.builder()
                .uri(request.uri())
                .method(SdkHttpMethod.fromValue(request.method()))
                .headers(signed);
        boolean deletesSeveral = target.query().containsKey("delete");
        if (deletesSeveral) {
            // What was looked at is what is signed: no other body can be sent with it.
            byte[] body = Objects.requireNonNull(request.body()).getBytes(StandardCharsets.UTF_8);
            signed.keySet().stream()
                    .filter(name -> name.equalsIgnoreCase("x-amz-content-sha256"))
                    .forEach(unsigned::removeHeader);
            unsigned.contentStreamProvider(() -> new ByteArrayInputStream(body));
        }
        AwsS3V4SignerParams how = AwsS3V4SignerParams.builder()
                .awsCredentials(AwsBasicCredentials.create(
                        Objects.requireNonNull(keys.get("accessKeyId")),
                        Objects.requireNonNull(keys.get("secretAccessKey"))))
                .signingName("s3")
                .signingRegion(Region.of(request.region()))
                .doubleUrlEncode(false)
                .enablePayloadSigning(deletesSeveral)
                .enableChunkedEncoding(false)
                .timeOffset(0)
                .build();
        Map<String, List<String>> headers = new LinkedHashMap<>(
                AwsS3V4Signer.create().sign(unsigned.build(), how).headers());
        headers.putAll(others);
        return headers;
    }

    private static Target target(URI uri, Storage storage, String region) {
        String host = uri.getHost();
        String path = uri.getRawPath() == null ? "" : decoded(uri.getRawPath()).replaceFirst("^/", "");
        if (host == null || uri.getUserInfo() != null) {
            throw new BadRequestException("The uri names no host");
        }
        List<String> servers = servers(storage, region);
        String bucket;
        String key;
        if (servers.contains(host)) {
            int slash = path.indexOf('/');
            bucket = slash < 0 ? path : path.substring(0, slash);
            key = slash < 0 ? "" : path.substring(slash + 1);
        } else {
            bucket = servers.stream()
                    .filter(server -> host.endsWith("." + server))
                    .findFirst()
                    .map(server -> host.substring(0, host.length() - server.length() - 1))
                    .orElseThrow(() ->
                            new ForbiddenException("Requests to %s are not signed: the files are not there", host));
            key = path;
        }
        Map<String, String> query = new LinkedHashMap<>();
        if (uri.getRawQuery() != null) {
            for (String part : uri.getRawQuery().split("&")) {
                int equals = part.indexOf('=');
                String name =
                        decoded(equals < 0 ? part : part.substring(0, equals)).toLowerCase(Locale.ROOT);
                if (query.put(name, equals < 0 ? "" : decoded(part.substring(equals + 1))) != null) {
                    throw new BadRequestException("The uri says %s twice", name);
                }
            }
        }
        return new Target(bucket, key, query);
    }

    /** The hosts a storage answers at, each with a bucket before it perhaps. */
    private static List<String> servers(Storage storage, String region) {
        List<String> servers = new ArrayList<>();
        if (storage.endpoint() == null) {
            servers.addAll(List.of(
                    "s3." + region + ".amazonaws.com",
                    "s3.dualstack." + region + ".amazonaws.com",
                    "s3-" + region + ".amazonaws.com",
                    "s3.amazonaws.com"));
        } else {
            servers.add(host(storage.endpoint()));
        }
        if (storage.clientEndpoint() != null) {
            servers.add(host(storage.clientEndpoint()));
        }
        return servers;
    }

    private static String host(String endpoint) {
        return Objects.requireNonNullElse(URI.create(endpoint).getHost(), "");
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new BadRequestException("The uri is not properly encoded");
        }
    }

    private static void requireInside(RemoteSignRequest request, Target target, String folder) {
        for (String name : target.query().keySet()) {
            if (!QUERY.contains(name)) {
                throw new ForbiddenException("Requests with ?%s are not signed", name);
            }
        }
        for (String name : request.headers().keySet()) {
            String lower = name.toLowerCase(Locale.ROOT);
            if (lower.startsWith("x-amz-") && HEADERS.stream().noneMatch(lower::startsWith)) {
                throw new ForbiddenException("Requests with %s are not signed", name);
            }
        }
        if (target.query().containsKey("delete")) {
            if (!request.method().equalsIgnoreCase("POST") || !target.key().isEmpty()) {
                throw new ForbiddenException("Several files are deleted by POST to their bucket");
            }
            deleted(request.body()).forEach(key -> requireInside(target.bucket(), key, folder));
        } else if (target.key().isEmpty()) {
            requireInside(target.bucket(), target.query().getOrDefault("prefix", ""), folder);
        } else {
            requireInside(target.bucket(), target.key(), folder);
        }
    }

    private static void requireInside(String bucket, String key, String folder) {
        String path = "s3://" + bucket + "/" + key;
        boolean plain = !path.contains("/../") && !path.contains("/./") && !path.endsWith("/..") && !key.contains("//");
        if (!plain || !path.startsWith(folder.replaceFirst("^s3a://", "s3://"))) {
            throw new ForbiddenException("The file %s is not of this table", path);
        }
    }

    /** The keys in the body of a request that deletes several files. */
    private static List<String> deleted(@Nullable String body) {
        List<String> keys = new ArrayList<>();
        XMLInputFactory factory = XMLInputFactory.newFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        try {
            XMLStreamReader reader = factory.createXMLStreamReader(new StringReader(body == null ? "" : body));
            while (reader.hasNext()) {
                if (reader.next() == XMLStreamReader.START_ELEMENT
                        && reader.getLocalName().equalsIgnoreCase("Key")) {
                    keys.add(reader.getElementText());
                }
            }
        } catch (XMLStreamException e) {
            throw new BadRequestException("The files to delete cannot be read from the body");
        }
        if (keys.isEmpty()) {
            throw new ForbiddenException("A deletion of several files is signed if its body is shown");
        }
        return keys;
    }
}
