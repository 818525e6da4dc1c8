package dev.fanfare.api;

import dev.fanfare.core.Names;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Mints a token for a client. */
final class ClientTokenRequest {

    private static final int DEFAULT_MINUTES = 60;
    private static final int MAX_MINUTES = (int) Duration.ofDays(365).toMinutes();

    /** The longest prefix of a group's name or pattern: {@code webpubsub.joinLeaveGroups.}, rounded up. */
    private static final int ROLE_WORDS_LENGTH = 32;

    private ClientTokenRequest() {}

    static Future<Reply> generate(Call call) {
        checkClientType(call.requestQuery().one("clientType"));
        int minutes = call.requestQuery().integer("minutesToExpire", 1, MAX_MINUTES, DEFAULT_MINUTES);
        List<String> roles = roles(call);
        List<String> groups = groups(call);
        String userId = userId(call);
        if (userId != null) {
            call.addTarget("userId", userId);
        }
        String token = call.services()
                .tokens()
                .mint(call.endpoint(), call.hub(), userId, roles, groups, Duration.ofMinutes(minutes));
        int most = call.services().config().auth().maxTokenBytes();
        if (token.length() > most) {
            String target = !roles.isEmpty() ? "role" : !groups.isEmpty() ? "group" : "userId";
            throw ApiException.badRequest(target, target + ": makes a token of more than " + most + " bytes");
        }
        call.forbidCaching();
        return Future.succeededFuture(Reply.json(new JsonObject().put("token", token)));
    }

    private static void checkClientType(@Nullable String type) {
        if (type != null && !type.toLowerCase(Locale.ROOT).equals("default")) {
            throw ApiException.badRequest(
                    "clientType", "clientType: Default is supported, others such as MQTT are not");
        }
    }

    private static @Nullable String userId(Call call) {
        String userId = call.requestQuery().oneOrEmpty("userId");
        return userId == null || userId.isEmpty() ? null : call.userId(userId);
    }

    private static List<String> roles(Call call) {
        int most = call.services().config().limits().groupNameLength() + ROLE_WORDS_LENGTH;
        List<String> roles = call.requestQuery().all("role");
        for (String role : roles) {
            if (role.isEmpty() || Names.length(role) > most) {
                throw ApiException.badRequest("role", "role: 1 to " + most + " characters are allowed");
            }
        }
        return List.copyOf(roles);
    }

    private static List<String> groups(Call call) {
        return call.requestQuery().all("group").stream()
                .map(group -> call.group("group", group))
                .toList();
    }
}
