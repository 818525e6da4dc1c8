package dev.fanfare.api;

import dev.fanfare.broker.Operation;
import dev.fanfare.core.Permission;
import io.vertx.core.Future;

/** Grants, revokes and checks what a connection may do to one group, whose name is not a pattern. */
final class PermissionHandlers {

    private PermissionHandlers() {}

    static Future<Reply> grant(Call call) {
        return call.found(call.selectConnection(), new Operation.Grant(permission(call), target(call)))
                .map(found -> ExistsHandlers.okIf(found, "connection"));
    }

    static Future<Reply> revoke(Call call) {
        return call.ask(call.selectConnection(), new Operation.Revoke(permission(call), target(call)))
                .map(Reply.NO_CONTENT);
    }

    static Future<Reply> check(Call call) {
        return call.found(call.selectConnection(), new Operation.CountPermitted(permission(call), target(call)))
                .map(found -> ExistsHandlers.okIf(found, "permission"));
    }

    private static Permission permission(Call call) {
        Permission permission = Permission.of(call.inPath("permission"));
        if (permission == null) {
            throw ApiException.badRequest("permission", "permission: sendToGroup or joinLeaveGroup is needed");
        }
        return permission;
    }

    private static String target(Call call) {
        String group = call.requestQuery().one("targetName");
        if (group == null) {
            throw ApiException.badRequest("targetName", "targetName: the name of a group is needed");
        }
        return call.group("targetName", group);
    }
}
