package dev.fanfare.store.state;

/** A method for each result. */
public interface StoreResultVisitor<R> {

    R on(StoreResult.Stored stored);

    R on(StoreResult.Mismatch mismatch);

    R on(StoreResult.Removed removed);

    R on(StoreResult.Appended appended);

    R on(StoreResult.Expired expired);
}
