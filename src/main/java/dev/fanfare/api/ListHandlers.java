package dev.fanfare.api;

import dev.fanfare.broker.Operation;
import dev.fanfare.broker.OperationResult;
import dev.fanfare.broker.Selector;
import dev.fanfare.core.ConnectionState;
import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.ErrorCode;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Lists connections page by page, in the order of their ids, and shows single ones. A page begins after the last id of
 * the previous one, so connections may come and go in between, and no state is kept between pages. Nodes that do not
 * answer leave gaps, and each page says how many there are.
 */
final class ListHandlers {

    private static final int MAX_PAGE = 200;

    /** How many names of groups are listed for each connection of a page, and for one that is shown alone. */
    private static final int LISTED_GROUPS = 10;

    private static final int SHOWN_GROUPS = 1000;

    /** The parameters that are repeated in the request for the next page. */
    private static final List<String> KEPT = List.of(RequestQuery.API_VERSION, "type", "state", RequestQuery.FILTER);

    private ListHandlers() {}

    /**
     * @param size the most entries of this page
     * @param left the most entries of this page and all that follow, {@link Integer#MAX_VALUE} for any number
     * @param after the last id of the previous page, null for the first page
     */
    private record PageRequest(int size, int left, @Nullable String after) {

        static PageRequest of(RequestQuery requestQuery) {
            int top = requestQuery.integer("top", 1, Integer.MAX_VALUE, Integer.MAX_VALUE);
            int size = requestQuery.integer("maxpagesize", 1, MAX_PAGE, MAX_PAGE);
            return new PageRequest(size, top, decode(requestQuery.one("continuationToken")));
        }

        /** How many entries this page may have. */
        int limit() {
            return Math.min(size, left);
        }

        private static @Nullable String decode(@Nullable String token) {
            if (token == null) {
                return null;
            }
            String id = ContinuationToken.read(token);
            if (id == null) {
                throw ApiException.badRequest("continuationToken", "continuationToken: is not one that was made here");
            }
            return id;
        }
    }

    /** The members of a group, with their ids only. */
    static Future<Reply> group(Call call) {
        return pages(call, call.selectGroup(), Operation.ListMembers::new, ListHandlers::names);
    }

    /** The connections of a hub, with all that is known of each. */
    static Future<Reply> hub(Call call) {
        ConnectionType type = one(call, "type", ConnectionType.values(), ConnectionType::label);
        ConnectionState state = one(call, "state", ConnectionState.values(), ConnectionState::label);
        return pages(
                call,
                call.selectHub().where(call.filter()),
                (after, limit) -> new Operation.Show(after, limit, type, state, LISTED_GROUPS),
                ListHandlers::entry);
    }

    /** One connection, with all that is known of it. */
    static Future<Reply> connection(Call call) {
        return show(call, call.selectConnection(), ErrorCode.NOT_FOUND, "there is no such connection")
                .map(Reply::json);
    }

    /** A connection that was just opened. */
    static Future<Reply> opened(Call call, String connectionId) {
        Selector it = Selector.connection(call.hub(), connectionId);
        return show(call, it, ErrorCode.RETRY_EXHAUSTED, "the connection has ended already")
                .map(Reply::created);
    }

    private static Future<JsonObject> show(Call call, Selector target, ErrorCode otherwise, String text) {
        return call.askAny(target, new Operation.Show(null, 1, null, null, SHOWN_GROUPS))
                .map(operationResult -> {
                    if (operationResult.members().isEmpty()) {
                        Call.requireComplete(operationResult);
                        throw new ApiException(otherwise, text);
                    }
                    return entry(operationResult.members().get(0));
                });
    }

    private static <E> @Nullable E one(Call call, String parameter, E[] values, Function<E, String> label) {
        String text = call.requestQuery().one(parameter);
        if (text == null) {
            return null;
        }
        return Arrays.stream(values)
                .filter(value -> label.apply(value).equals(text))
                .findFirst()
                .orElseThrow(() -> ApiException.badRequest(
                        parameter,
                        parameter + ": one of "
                                + Arrays.stream(values).map(label).toList() + " is needed"));
    }

    private static Future<Reply> pages(
            Call call,
            Selector target,
            BiFunction<@Nullable String, Integer, Operation> operation,
            Function<OperationResult.Member, JsonObject> shown) {
        PageRequest pageRequest = PageRequest.of(call.requestQuery());
        // One more than the page holds shows whether another page follows.
        return call.askAny(target, operation.apply(pageRequest.after(), pageRequest.limit() + 1))
                .map(operationResult -> Reply.json(body(call, pageRequest, operationResult.members(), shown)
                        .put("unreachable", operationResult.unreachable())));
    }

    private static JsonObject body(
            Call call,
            PageRequest pageRequest,
            List<OperationResult.Member> members,
            Function<OperationResult.Member, JsonObject> shown) {
        List<OperationResult.Member> fitting = members.subList(0, Math.min(pageRequest.limit(), members.size()));
        JsonArray value = new JsonArray();
        fitting.stream().map(shown).forEach(value::add);
        JsonObject body = new JsonObject().put("value", value);
        if (members.size() > fitting.size() && pageRequest.left() > fitting.size()) {
            call.next(body, next(call, pageRequest, fitting));
        }
        return body;
    }

    private static Map<String, String> next(Call call, PageRequest pageRequest, List<OperationResult.Member> shown) {
        Map<String, String> query = new LinkedHashMap<>();
        for (String name : KEPT) {
            String value =
                    call.requestQuery().declares(name) ? call.requestQuery().one(name) : null;
            if (value != null) {
                query.put(name, value);
            }
        }
        query.put("maxpagesize", String.valueOf(pageRequest.size()));
        if (pageRequest.left() < Integer.MAX_VALUE) {
            query.put("top", String.valueOf(pageRequest.left() - shown.size()));
        }
        String last = shown.get(shown.size() - 1).connectionId();
        query.put("continuationToken", ContinuationToken.of(last));
        return query;
    }

    private static JsonObject names(OperationResult.Member member) {
        JsonObject entry = new JsonObject().put("connectionId", member.connectionId());
        return member.userId() == null ? entry : entry.put("userId", member.userId());
    }

    private static JsonObject entry(OperationResult.Member member) {
        JsonObject entry = names(member);
        OperationResult.Details details = Objects.requireNonNull(member.details());
        entry.put("type", details.type().label())
                .put("state", details.state().label())
                .put("path", details.path());
        if (details.subprotocol() != null) {
            entry.put("subprotocol", details.subprotocol());
        }
        entry.put("groups", new JsonArray(details.groups().first()))
                .put("groupCount", details.groups().count())
                .put("openedAt", Instant.ofEpochMilli(details.openedAtMillis()).toString());
        if (details.type() == ConnectionType.OUTBOUND) {
            entry.put("attempts", details.redials().attempts());
        }
        String lastError = details.redials().lastError();
        return lastError == null ? entry : entry.put("lastError", lastError);
    }
}
