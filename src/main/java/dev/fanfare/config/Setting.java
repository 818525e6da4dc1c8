package dev.fanfare.config;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A key of the configuration: a component of one of its records, and the path to it.
 *
 * @param path dotted, such as {@code server.tls.port}
 */
record Setting(String path, RecordComponent component) {

    /** Longer than any valid number; longer ones are expensive to parse. */
    private static final int MAX_NUMBER_LENGTH = 64;

    private static final Pattern WHOLE_NUMBER = Pattern.compile("[+-]?\\d+(_\\d+)*");

    /** The keys of a section, in the order of the record. */
    static List<Setting> of(Class<?> section, String path) {
        return Arrays.stream(section.getRecordComponents())
                .map(component ->
                        new Setting(path.isEmpty() ? component.getName() : path + "." + component.getName(), component))
                .toList();
    }

    /** All keys that hold values, in sections of any depth; a list or a map is one value. */
    static List<Setting> leaves(Class<?> section) {
        return leaves(section, "");
    }

    /** The keys of a nested section. */
    static List<Setting> leaves(Class<?> section, String path) {
        List<Setting> leaves = new ArrayList<>();
        addLeaves(section, path, leaves);
        return leaves;
    }

    private static void addLeaves(Class<?> section, String path, List<Setting> leaves) {
        for (Setting setting : of(section, path)) {
            if (setting.isSection()) {
                addLeaves(setting.type(), setting.path(), leaves);
            } else {
                leaves.add(setting);
            }
        }
    }

    String name() {
        return component.getName();
    }

    Class<?> type() {
        return component.getType();
    }

    boolean isSection() {
        return type().isRecord();
    }

    boolean isList() {
        return type() == List.class;
    }

    boolean isSecret() {
        return component.isAnnotationPresent(Secret.class);
    }

    /** Whether this is a section with arbitrary keys, each of them a section. */
    boolean isMap() {
        return type() == Map.class && itemType().isRecord();
    }

    /** Whether this is a section with arbitrary keys, each of them a text. */
    boolean isTexts() {
        return type() == Map.class && !itemType().isRecord();
    }

    /** The type of the elements of a list or a map. */
    Class<?> itemType() {
        Type[] arguments = ((ParameterizedType) component.getGenericType()).getActualTypeArguments();
        return (Class<?>) arguments[arguments.length - 1];
    }

    /** The least value of a number. */
    long min() {
        return range().min();
    }

    /** The greatest value of a number. */
    long max() {
        return range().max();
    }

    private Range range() {
        return Objects.requireNonNull(component.getAnnotation(Range.class), () -> "no range for " + path);
    }

    /** The environment variable: {@code keepAlive.pingSeconds} is {@code FANFARE_KEEP_ALIVE_PING_SECONDS}. */
    String variable() {
        return variable(path);
    }

    /** The environment variable of the key at a path. */
    static String variable(String path) {
        String snake = path.replace('.', '_').replaceAll("([a-z0-9])([A-Z])", "$1_$2");
        return EnvironmentVariables.PREFIX + snake.toUpperCase(Locale.ROOT);
    }

    /** What is allowed, as the end of a sentence that begins with "it must be". */
    String allowed() {
        if (isSection()) {
            return "a section of keys";
        }
        if (isMap()) {
            return "a section of sections";
        }
        if (isTexts()) {
            return "a section of texts";
        }
        if (isList()) {
            return itemType().isRecord() ? "a list of sections" : "a list of texts";
        }
        if (type() == boolean.class) {
            return "true or false";
        }
        if (type().isEnum()) {
            return "one of " + String.join(", ", names(type()));
        }
        return type() == String.class ? "a text" : "a whole number from " + min() + " to " + max();
    }

    private static List<String> names(Class<?> enumType) {
        return Arrays.stream(enumType.getEnumConstants())
                .map(constant -> spelled((Enum<?>) constant))
                .toList();
    }

    /** The spelling of a constant: {@code DROP_OLDEST} is {@code drop-oldest}. */
    static String spelled(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Converts a text to the type of this key; empty if the value is not allowed. */
    Optional<Object> parse(String text) {
        if (type() == String.class) {
            return Optional.of(text);
        }
        if (type() == boolean.class) {
            return text.equals("true")
                    ? Optional.of(true)
                    : text.equals("false") ? Optional.of(false) : Optional.empty();
        }
        if (type().isEnum()) {
            return Arrays.stream(type().getEnumConstants())
                    .filter(constant -> spelled((Enum<?>) constant).equalsIgnoreCase(text))
                    .map(Object.class::cast)
                    .findFirst();
        }
        return parseNumber(text);
    }

    private Optional<Object> parseNumber(String text) {
        if (text.length() > MAX_NUMBER_LENGTH || !WHOLE_NUMBER.matcher(text).matches()) {
            return Optional.empty();
        }
        BigInteger number = new BigInteger(text.replace("_", ""));
        if (number.compareTo(BigInteger.valueOf(min())) < 0 || number.compareTo(BigInteger.valueOf(max())) > 0) {
            return Optional.empty();
        }
        return type() == int.class ? Optional.of(number.intValueExact()) : Optional.of(number.longValueExact());
    }

    /** The value of this key in a section. */
    @Nullable
    Object valueIn(Record section) {
        try {
            return component.getAccessor().invoke(section);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("key=" + path, e);
        }
    }
}
