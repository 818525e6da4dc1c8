package dev.fanfare.core.filter;

import dev.fanfare.core.ConnectionType;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A parsed condition over connections, as the {@code filter} parameter of the REST API has it. Immutable. */
public interface Filter {

    /** Whether it selects the connection. */
    boolean test(Subject subject);

    /** The text it was parsed from. */
    String source();

    /** The properties of a connection that a filter can use. */
    interface Subject {
        String connectionId();

        @Nullable
        String userId();

        Set<String> groups();

        /** The name of its subprotocol, null for a raw connection. */
        @Nullable
        String protocol();

        /** Who opened it. */
        ConnectionType type();

        /** The path of the request that opened it, still percent-encoded. */
        String path();
    }
}
