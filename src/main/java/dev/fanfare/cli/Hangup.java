package dev.fanfare.cli;

import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a task at each SIGHUP instead of ending the process. Every JDK has {@code sun.misc.Signal}, in the module {@code
 * jdk.unsupported}, but the compiler warns of it, so it is used by reflection; where there is no such signal nothing
 * happens.
 */
final class Hangup {

    private static final Logger log = LoggerFactory.getLogger(Hangup.class);

    private Hangup() {}

    /** @param task must not block; called on a thread of the JVM */
    static void handle(Runnable task) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object hup = signal.getConstructor(String.class).newInstance("HUP");
            signal.getMethod("handle", signal, handler).invoke(null, hup, handler(handler, task));
        } catch (ReflectiveOperationException e) {
            log.debug("SIGHUP cannot be handled", e);
        }
    }

    private static Object handler(Class<?> type, Runnable task) {
        return Proxy.newProxyInstance(
                Hangup.class.getClassLoader(),
                new Class<?>[] {type},
                (self, method, arguments) -> answer(self, method.getName(), arguments, task));
    }

    private static @Nullable Object answer(
            Object self, String method, @Nullable Object @Nullable [] arguments, Runnable task) {
        switch (method) {
            case "handle" -> {
                task.run();
                return null;
            }
            case "equals" -> {
                return arguments != null && self == arguments[0];
            }
            case "hashCode" -> {
                return System.identityHashCode(self);
            }
            default -> {
                return "SIGHUP";
            }
        }
    }
}
