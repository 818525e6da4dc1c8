package dev.fanfare.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.fanfare.config.Config;
import dev.fanfare.config.ConfigException;
import dev.fanfare.core.Names;
import dev.fanfare.core.OperationClass;
import java.io.PrintWriter;
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
        Config config = cli.config();
        checkNames(config.limits());
        ConnectionString access = keySource.resolve(cli, config, endpoint, OperationClass.CONNECT, hub);
        ClientTokenSpec request =
                new ClientTokenSpec(access.endpoint(), access.accessKey(), hub, user, roles, groups, lifetime);
        roles.forEach(role -> RoleHint.of(role).ifPresent(cli.err()::println));
        cli.err().flush();
        String token = minter.mint(request);
        print(token, request.endpoint().clientUrl(hub, token));
        return Cli.OK;
    }

    private void checkNames(Config.Limits limits) {
        Names names = limits.names();
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
