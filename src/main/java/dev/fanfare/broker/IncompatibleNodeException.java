package dev.fanfare.broker;

import java.io.IOException;

/** This node cannot join the cluster; the message names the configuration key to check. */
public final class IncompatibleNodeException extends IOException {

    private static final long serialVersionUID = 1;

    public IncompatibleNodeException(String message) {
        super(message);
    }
}
