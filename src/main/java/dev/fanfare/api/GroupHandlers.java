package dev.fanfare.api;

import dev.fanfare.broker.Operation;
import dev.fanfare.broker.Operation.AddToGroups;
import dev.fanfare.broker.Operation.RemoveFromAllGroups;
import dev.fanfare.broker.Operation.RemoveFromGroups;
import dev.fanfare.broker.Selector;
import io.vertx.core.Future;
import java.util.List;

/** Adds connections to groups and removes them. A user's membership is that of its current connections. */
final class GroupHandlers {

    private GroupHandlers() {}

    static Future<Reply> addConnection(Call call) {
        return call.found(call.selectConnection(), new AddToGroups(List.of(call.group())))
                .map(found -> ExistsHandlers.okIf(found, "connection"));
    }

    static Future<Reply> addUser(Call call) {
        return change(call, call.selectUser(), new AddToGroups(List.of(call.group())), Reply.OK);
    }

    static Future<Reply> addChosen(Call call) {
        GroupsRequest request = GroupsRequest.of(call);
        Selector target = call.selectHub().where(request.filter());
        return change(call, target, new AddToGroups(request.groups()), Reply.OK);
    }

    static Future<Reply> removeConnection(Call call) {
        return change(call, call.selectConnection(), new RemoveFromGroups(List.of(call.group())), Reply.NO_CONTENT);
    }

    static Future<Reply> removeUser(Call call) {
        return change(call, call.selectUser(), new RemoveFromGroups(List.of(call.group())), Reply.NO_CONTENT);
    }

    static Future<Reply> removeConnectionFromAll(Call call) {
        return change(call, call.selectConnection(), new RemoveFromAllGroups(), Reply.NO_CONTENT);
    }

    static Future<Reply> removeUserFromAll(Call call) {
        return change(call, call.selectUser(), new RemoveFromAllGroups(), Reply.NO_CONTENT);
    }

    static Future<Reply> removeChosen(Call call) {
        GroupsRequest request = GroupsRequest.of(call);
        Selector target = call.selectHub().where(request.filter());
        return change(call, target, new RemoveFromGroups(request.groups()), Reply.OK);
    }

    private static Future<Reply> change(Call call, Selector target, Operation operation, Reply reply) {
        return call.ask(target, operation).map(reply);
    }
}
