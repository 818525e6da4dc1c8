package dev.fanfare.config;

/**
 * One problem of a configuration.
 *
 * @param source where it was written: {@code file:line}, or the name of an environment variable; empty if that is not
 *     known
 * @param key the dotted path of the key, such as {@code server.tls.port}; empty for no key in particular
 * @param text what is wrong and what is allowed; never holds a secret
 */
public record ConfigProblem(String source, String key, String text) {

    @Override
    public String toString() {
        String problem = key.isEmpty() ? text : key + " " + text;
        return source.isEmpty() ? problem : source + ": " + problem;
    }
}
