package dev.fanfare.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.ContextInitializer;
import ch.qos.logback.core.joran.spi.JoranException;
import dev.fanfare.config.Config;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The logging of the process, whose format is set by {@code conf/logback.xml} or the operator's own file. */
final class Logs {

    /** The level of all libraries; Netty and Vert.x write several lines for each packet on DEBUG. */
    private static final String LIBRARIES = "fanfare.logging.libraries";

    private Logs() {}

    /** Reloads the logging configuration with these values. */
    static void configure(Config.Logging logging) {
        LoggerContext context = context();
        context.reset();
        context.putProperty("fanfare.logging.level", name(logging.level()));
        context.putProperty("fanfare.logging.format", name(logging.format()));
        if (System.getProperty(LIBRARIES) == null) {
            context.putProperty(LIBRARIES, name(ofLibraries(logging.level())));
        }
        try {
            new ContextInitializer(context).autoConfig();
        } catch (JoranException e) {
            throw new IllegalStateException("the logging configuration cannot be read", e);
        }
    }

    /** Changes the level while the process runs; an operator's own file may have fixed it. */
    static void level(Config.Logging.Level level) {
        LoggerContext context = context();
        context.getLogger("dev.fanfare").setLevel(Level.toLevel(name(level)));
        if (System.getProperty(LIBRARIES) == null) {
            context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.toLevel(name(ofLibraries(level))));
        }
    }

    /** Writes out what is pending, and ends logging. */
    static void close() {
        context().stop();
    }

    private static Config.Logging.Level ofLibraries(Config.Logging.Level ours) {
        return ours.compareTo(Config.Logging.Level.INFO) > 0 ? Config.Logging.Level.INFO : ours;
    }

    private static LoggerContext context() {
        return (LoggerContext) LoggerFactory.getILoggerFactory();
    }

    private static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
