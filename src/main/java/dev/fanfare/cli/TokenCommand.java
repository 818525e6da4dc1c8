package dev.fanfare.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.fanfare.config.AccessKeys;
import dev.fanfare.config.Config;
import dev.fanfare.config.ConfigException;
import dev.fanfare.core.Names;
import dev.fanfare.core.OperationClass;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Mints a token for a client. Needs no running node. */
@Command(
        name = "token",
        description = "Mint a client token, and print it and the URL to connect to.",
        footerHeading = "%n",
        footer =
                "The access key is that of --access-key, --access-key-file, --key-name or --connection-string, else that"
                        + " of FANFARE_CONNECTION_STRING, else the first one configured. Others see what stands on a command line;"
                        + " prefer the file or the environment.")
final class TokenCommand implements Callable<Integer> {

    /** Mints the token. */
    @FunctionalInterface
    interface Minter {
        String mint(ClientTokenSpec request);
    }

    /** What is printed. */
    enum Output {
        TEXT,
        TOKEN,
        URL,
        JSON
    }

    /** Where the access key comes from. */
    static final class KeySource {

        @Option(names = "--access-key", paramLabel = "KEY", description = "The access key to sign with.")
        private @Nullable String accessKey;

        @Option(names = "--access-key-file", paramLabel = "FILE", description = "A file that holds the access key.")
        private @Nullable Path accessKeyFile;

        @Option(
                names = "--key-name",
                paramLabel = "NAME",
                description = "The name of a scoped key of the configuration.")
        private @Nullable String keyName;

        @Option(
                names = "--connection-string",
                paramLabel = "TEXT",
                description = "Endpoint and access key, as configured for servers.")
        private @Nullable String connectionString;
    }

    private final Cli cli;
    private final Minter minter;

    @Option(names = "--hub", required = true, paramLabel = "NAME", description = "The hub to connect to.")
    private String hub = "";

    @Option(names = "--user", paramLabel = "ID", description = "The user id; anonymous if omitted.")
    private @Nullable String user;

    @Option(
            names = "--role",
            paramLabel = "ROLE",
            description = "A role, such as webpubsub.joinLeaveGroup.chat; may be repeated.")
    private List<String> roles = List.of();

    @Option(names = "--group", paramLabel = "NAME", description = "A group to join at connect; may be repeated.")
    private List<String> groups = List.of();

    @Option(
            names = "--lifetime",
            paramLabel = "TIME",
            defaultValue = "60m",
            converter = LifetimeConverter.class,
            description = "How long the token is valid, in s, m, h or d (default: ${DEFAULT-VALUE}).")
    private Duration lifetime = Duration.ZERO;

    @Option(
            names = "--endpoint",
            paramLabel = "URL",
            description = "Where the client will connect; as configured if omitted.")
    private @Nullable String endpoint;

    @Option(
            names = "--output",
            paramLabel = "FORM",
            defaultValue = "text",
            description = "text, token, url or json (default: ${DEFAULT-VALUE}).")
    private Output output = Output.TEXT;

    @ArgGroup
    private KeySource keySource = new KeySource();

    TokenCommand(Cli cli, Minter minter) {
        this.cli = cli;
        this.minter = minter;
    }

    @Override
    public Integer call() throws ConfigException {
        ClientTokenSpec request = request(cli.config());
        roles.forEach(role -> RoleHint.of(role).ifPresent(cli.err()::println));
        cli.err().flush();
        String token = minter.mint(request);
        print(token, request.endpoint().clientUrl(hub, token));
        return Cli.OK;
    }

    private ClientTokenSpec request(Config config) {
        checkNames(config.limits());
        ConnectionString given = connectionString();
        return new ClientTokenSpec(
                endpoint(given, config), accessKey(given, config), hub, user, roles, groups, lifetime);
    }

    private void checkNames(Config.Limits limits) {
        Names names = new Names(
                limits.hubNameLength(), limits.groupNameLength(), limits.eventNameLength(), limits.userIdLength());
        refuse(names.hubProblem(hub));
        groups.forEach(group -> refuse(names.groupProblem(group)));
        if (user != null) {
            refuse(names.userIdProblem(user));
        }
    }

    private static void refuse(@Nullable String problem) {
        if (problem != null) {
            throw new UsageException(problem);
        }
    }

    private @Nullable ConnectionString connectionString() {
        String text = keySource.connectionString != null
                ? keySource.connectionString
                : cli.environment().get("FANFARE_CONNECTION_STRING");
        try {
            return text == null || text.isBlank() ? null : ConnectionString.parse(text);
        } catch (IllegalArgumentException e) {
            throw new UsageException("The connection string is refused: " + e.getMessage());
        }
    }

    private Endpoint endpoint(@Nullable ConnectionString given, Config config) {
        if (endpoint == null) {
            return given != null ? given.endpoint() : Endpoint.of(config.server());
        }
        try {
            return Endpoint.parse(endpoint);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--endpoint is refused: " + e.getMessage());
        }
    }

    private String accessKey(@Nullable ConnectionString given, Config config) {
        String key = keyOf(given, config);
        AccessKeys.problem(key).ifPresent(problem -> {
            throw new UsageException("The access key " + problem);
        });
        return key;
    }

    private String keyOf(@Nullable ConnectionString given, Config config) {
        if (keySource.accessKey != null) {
            return keySource.accessKey;
        }
        if (keySource.accessKeyFile != null) {
            return read(keySource.accessKeyFile);
        }
        if (keySource.keyName != null) {
            return scopedKey(keySource.keyName, config);
        }
        if (given != null) {
            return given.accessKey();
        }
        return config.auth().accessKeys().stream()
                .findFirst()
                .orElseThrow(() -> new UsageException("There is no access key. Give --access-key-file or"
                        + " --connection-string (a node prints one when it starts), or set FANFARE_AUTH_ACCESS_KEYS."));
    }

    /** A node would refuse the tokens of a key that is for other hubs or operations. */
    private String scopedKey(String name, Config config) {
        Config.ScopedKey key = config.auth().scopedKeys().stream()
                .filter(scoped -> scoped.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new UsageException("auth.scopedKeys has no key of this name: " + name));
        if (!key.operations().contains(OperationClass.CONNECT.text())) {
            throw new UsageException("The key " + name + " may not sign tokens for clients (operations: connect).");
        }
        if (!key.hubs().isEmpty() && key.hubs().stream().map(Names::hub).noneMatch(Names.hub(hub)::equals)) {
            throw new UsageException("The key " + name + " is not for this hub (hubs).");
        }
        return key.key();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UsageException("The access key file cannot be read: " + file);
        }
    }

    private void print(String token, String url) {
        PrintWriter out = cli.out();
        switch (output) {
            case TEXT -> {
                out.println("token: " + token);
                out.println("url:   " + url);
            }
            case TOKEN -> out.println(token);
            case URL -> out.println(url);
            case JSON -> out.println(json(token, url));
        }
        out.flush();
    }

    private static String json(String token, String url) {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("token", token);
        fields.put("url", url);
        try {
            return new ObjectMapper().writeValueAsString(fields);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("two texts cannot be written as JSON", e);
        }
    }
}
