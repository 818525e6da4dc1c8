package dev.fanfare.store.state;

/** A method for each command. */
public interface StoreCommandVisitor<R> {

    R on(StoreCommand.Put put);

    R on(StoreCommand.Remove remove);

    R on(StoreCommand.Append append);

    R on(StoreCommand.RemoveLog removeLog);

    R on(StoreCommand.Expire expire);
}
