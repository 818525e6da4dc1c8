package dev.fanfare.broker;

/** One method for each {@link Operation}: the compiler finds code that a new operation would slip through. */
public interface OperationVisitor<R> {

    R on(Operation.Count count);

    R on(Operation.ListMembers listMembers);

    R on(Operation.Show show);

    R on(Operation.FetchReport fetchReport);

    R on(Operation.Close close);

    R on(Operation.AddToGroups addToGroups);

    R on(Operation.RemoveFromGroups removeFromGroups);

    R on(Operation.RemoveFromAllGroups removeFromAllGroups);

    R on(Operation.Grant grant);

    R on(Operation.Revoke revoke);

    R on(Operation.EventDone eventDone);

    R on(Operation.CountPermitted countPermitted);
}
