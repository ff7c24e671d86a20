package io.fjord.platform.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.fjord.codec.Json;
import io.fjord.kernel.Ids;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * Where a list goes on. Opaque to the caller: it belongs to one list with its filters, and a changed one is noticed. It holds
 * nothing but what the last entry shown was sorted by.
 */
public final class PageToken {

    private static final int SEAL = 16;

    private PageToken() {}

    /** @param cursor what the last entry shown is sorted by */
    public static String of(Call call, List<String> cursor) {
        return sealed(call.listIdentity(), cursor);
    }

    /**
     * What the last entry shown was sorted by; empty for the first page.
     *
     * @throws ProblemException {@code bad-page-token}
     */
    public static Optional<List<String>> cursor(Call call) {
        return call.query("pageToken").map(token -> opened(call.listIdentity(), token));
    }

    static String sealed(String list, List<String> cursor) {
        String text = Json.text(cursor);
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString((seal(list, text) + text).getBytes(StandardCharsets.UTF_8));
    }

    static List<String> opened(String list, String token) {
        try {
            String whole = new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
            if (whole.length() > SEAL) {
                String text = whole.substring(SEAL);
                if (whole.substring(0, SEAL).equals(seal(list, text))) {
                    return List.of(Json.MAPPER.readValue(text, String[].class));
                }
                throw HttpProblems.badPageToken("It belongs to another list, or another filter of it.");
            }
        } catch (IllegalArgumentException | JsonProcessingException e) {
            // told below
        }
        throw HttpProblems.badPageToken("It is not one that was given out here.");
    }

    private static String seal(String list, String text) {
        return Ids.sha256(list.getBytes(StandardCharsets.UTF_8), new byte[1], text.getBytes(StandardCharsets.UTF_8))
                .substring(0, SEAL);
    }
}
