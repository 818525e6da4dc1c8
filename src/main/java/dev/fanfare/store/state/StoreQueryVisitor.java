package dev.fanfare.store.state;

/** A method for each query. */
public interface StoreQueryVisitor<R> {

    R on(StoreQuery.GetEntry get);

    R on(StoreQuery.ReadLog read);

    R on(StoreQuery.ScanKeys scan);

    R on(StoreQuery.ReadChanges read);
}
