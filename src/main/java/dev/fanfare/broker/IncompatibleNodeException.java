package dev.fanfare.broker;

import java.io.IOException;

/** This node cannot be one of the cluster; the message names the key of the configuration to look at. */
public final class IncompatibleNodeException extends IOException {

    private static final long serialVersionUID = 1;

    public IncompatibleNodeException(String message) {
        super(message);
    }
}
