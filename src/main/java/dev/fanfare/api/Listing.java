package dev.fanfare.api;

import dev.fanfare.broker.Answer;
import dev.fanfare.broker.Operation;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lists the connections of a group page by page, in the order of their ids. A page begins after the last id of the one
 * before, so it holds for connections that come and go meanwhile, and nothing is kept between pages.
 */
final class Listing {

    private static final int MAX_PAGE = 200;

    private Listing() {}

    /**
     * @param size the most entries of this page
     * @param left the most entries of this page and all that follow, {@link Integer#MAX_VALUE} for any number
     * @param after the last id of the page before, null for the first page
     */
    private record Page(int size, int left, @Nullable String after) {

        static Page of(Query query) {
            int top = query.integer("top", 1, Integer.MAX_VALUE, Integer.MAX_VALUE);
            int size = query.integer("maxpagesize", 1, MAX_PAGE, MAX_PAGE);
            return new Page(size, top, decode(query.one("continuationToken")));
        }

        /** How many entries this page may have. */
        int limit() {
            return Math.min(size, left);
        }

        private static @Nullable String decode(@Nullable String token) {
            if (token == null) {
                return null;
            }
            try {
                byte[] id = Base64.getUrlDecoder().decode(token);
                return Call.connectionId("continuationToken", new String(id, StandardCharsets.UTF_8));
            } catch (IllegalArgumentException e) {
                throw Refusal.badRequest("continuationToken", "continuationToken: is not one that was made here");
            }
        }
    }

    static Future<Reply> group(Call call) {
        Page page = Page.of(call.query());
        // One more than the page holds tells whether another follows.
        return call.ask(call.selectGroup(), new Operation.Members(page.after(), page.limit() + 1))
                .map(answer -> Reply.json(body(call, page, answer.members())));
    }

    private static JsonObject body(Call call, Page page, List<Answer.Member> members) {
        JsonArray value = new JsonArray();
        List<Answer.Member> shown = members.subList(0, Math.min(page.limit(), members.size()));
        for (Answer.Member member : shown) {
            JsonObject entry = new JsonObject().put("connectionId", member.connectionId());
            value.add(member.userId() == null ? entry : entry.put("userId", member.userId()));
        }
        JsonObject body = new JsonObject().put("value", value);
        boolean more = members.size() > shown.size() && page.left() > shown.size();
        return more ? body.put("nextLink", nextLink(call, page, shown)) : body;
    }

    private static String nextLink(Call call, Page page, List<Answer.Member> shown) {
        StringBuilder link =
                new StringBuilder(call.endpoint()).append(call.rawPath()).append('?');
        String version = call.query().one(Query.API_VERSION);
        if (version != null) {
            link.append("api-version=").append(version).append('&');
        }
        link.append("maxpagesize=").append(page.size());
        if (page.left() < Integer.MAX_VALUE) {
            link.append("&top=").append(page.left() - shown.size());
        }
        String last = shown.get(shown.size() - 1).connectionId();
        String token = Base64.getUrlEncoder().withoutPadding().encodeToString(last.getBytes(StandardCharsets.UTF_8));
        return link.append("&continuationToken=").append(token).toString();
    }
}
