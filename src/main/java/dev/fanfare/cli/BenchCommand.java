package dev.fanfare.cli;

import dev.fanfare.bench.Bench;
import dev.fanfare.bench.BenchReport;
import dev.fanfare.bench.LoadSubprotocol;
import dev.fanfare.bench.Mode;
import dev.fanfare.bench.Plan;
import dev.fanfare.bench.RunObserver;
import dev.fanfare.bench.Tokens;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Measures a node or the nodes of a cluster from outside. */
@Command(
        name = "bench",
        description = "Measure a node or a cluster: open connections, publish to groups, and report the latency.",
        footerHeading = "%nModes:%n",
        footer = {
            "  fanout   publish to groups at a steady rate, and count what their members receive",
            "  idle     hold idle connections",
            "  connect  open and close connections continuously, at --rate or as fast as possible",
            "",
            "Latency counts from when a message was due, so that a wait in the driver or the server is always included."
                    + " A run is not valid, and ends with 1, if the driver was too busy or late, if connections failed,"
                    + " or if deliveries were lost; the numbers then say little of the node.",
            "",
            "The driver needs a processor of its own. On the machine of the node, pin both: taskset -c 0 java -jar"
                    + " fanfare.jar, and taskset -c 1 java -jar fanfare.jar bench."
        })
final class BenchCommand implements Callable<Integer> {

    /** Where the tokens come from. */
    static final class TokenSource {

        @Option(
                names = "--connection-string",
                paramLabel = "TEXT",
                description = "Endpoint and access key, to mint tokens with; else FANFARE_CONNECTION_STRING.")
        private @Nullable String connectionString;

        @Option(names = "--token", paramLabel = "JWT", description = "The token of all connections.")
        private @Nullable String token;

        @Option(names = "--token-file", paramLabel = "FILE", description = "A file that holds that token.")
        private @Nullable Path tokenFile;
    }

    private final Cli cli;
    private final TokenCommand.Minter minter;

    @Parameters(
            arity = "0..*",
            paramLabel = "URL",
            description = "Where the node is: a host, such as wss://fanfare.example.com, or a hub, perhaps with its"
                    + " token, as the command token prints it; else the endpoint of the connection string. Over several"
                    + " nodes of a cluster connections are spread.")
    private List<String> urls = List.of();

    @ArgGroup
    private TokenSource tokenSource = new TokenSource();

    @Option(
            names = "--hub",
            paramLabel = "NAME",
            defaultValue = "bench",
            description = "The hub, if the URL has none (default: ${DEFAULT-VALUE}).")
    private String hub = "";

    @Option(
            names = "--publish-at",
            paramLabel = "URL",
            description = "The node at which publishers connect, may be repeated (default: like the others).")
    private List<String> publishAt = List.of();

    @Option(
            names = "--mode",
            paramLabel = "MODE",
            defaultValue = "fanout",
            description = "fanout, idle or connect; see below (default: ${DEFAULT-VALUE}).")
    private Mode mode = Mode.FANOUT;

    @Option(
            names = "--subprotocol",
            paramLabel = "NAME",
            defaultValue = "json",
            description = "raw, json or reliable (default: ${DEFAULT-VALUE}).")
    private LoadSubprotocol loadSubprotocol = LoadSubprotocol.JSON;

    @Option(
            names = {"-n", "--connections"},
            paramLabel = "COUNT",
            defaultValue = "100",
            description = "Connections that receive; with connect, those open at once (default: ${DEFAULT-VALUE}).")
    private int connections;

    @Option(
            names = "--groups",
            paramLabel = "COUNT",
            defaultValue = "1",
            description = "Groups over which members are spread; 0 with idle for none (default: ${DEFAULT-VALUE}).")
    private int groups;

    @Option(
            names = "--group-prefix",
            paramLabel = "TEXT",
            defaultValue = "bench-",
            description = "Prefix of the names of groups, before a number (default: ${DEFAULT-VALUE}).")
    private String groupPrefix = "";

    @Option(
            names = "--publishers",
            paramLabel = "COUNT",
            description = "Additional connections that publish (default: 1; one for each group with raw).")
    private @Nullable Integer publishers;

    @Option(
            names = "--rate",
            paramLabel = "NUMBER",
            description = "Messages a second, of all publishers (default: 10); with connect, connections a second"
                    + " (default: as many as go).")
    private @Nullable Double rate;

    @Option(
            names = "--burst",
            paramLabel = "COUNT",
            defaultValue = "1",
            description = "Messages published together, to one group (default: ${DEFAULT-VALUE}).")
    private int burst;

    @Option(
            names = "--size",
            paramLabel = "BYTES",
            defaultValue = "128",
            description = "Data of a message, at least 40 (default: ${DEFAULT-VALUE}).")
    private int size;

    @Option(
            names = "--warm-up",
            paramLabel = "TIME",
            defaultValue = "5s",
            converter = TimeConverter.class,
            description = "Load before the measurement (default: ${DEFAULT-VALUE}).")
    private Duration warmUp = Duration.ZERO;

    @Option(
            names = "--duration",
            paramLabel = "TIME",
            defaultValue = "10s",
            converter = TimeConverter.class,
            description = "Duration of the measurement, in ms, s, m or h (default: ${DEFAULT-VALUE}).")
    private Duration duration = Duration.ZERO;

    @Option(
            names = "--drain",
            paramLabel = "TIME",
            defaultValue = "5s",
            converter = TimeConverter.class,
            description = "How long to wait for late messages (default: ${DEFAULT-VALUE}).")
    private Duration drain = Duration.ZERO;

    @Option(
            names = "--ack-every",
            paramLabel = "TIME",
            defaultValue = "1s",
            converter = TimeConverter.class,
            description = "With reliable: how often each connection acknowledges (default: ${DEFAULT-VALUE}).")
    private Duration ackEvery = Duration.ZERO;

    @Option(
            names = "--connect-timeout",
            paramLabel = "TIME",
            defaultValue = "10s",
            converter = TimeConverter.class,
            description = "For one connection, until it is in its group (default: ${DEFAULT-VALUE}).")
    private Duration connectTimeout = Duration.ZERO;

    @Option(
            names = "--opens-at-once",
            paramLabel = "COUNT",
            defaultValue = "100",
            description = "Connections that a thread opens at the same time (default: ${DEFAULT-VALUE}).")
    private int opensAtOnce;

    @Option(
            names = "--threads",
            paramLabel = "COUNT",
            defaultValue = "1",
            description = "Event loops of the driver (default: ${DEFAULT-VALUE}).")
    private int threads;

    @Option(
            names = "--local-address",
            paramLabel = "ADDRESS",
            description = "Address to connect from; several are used in turn, since one has only some 28,000 ports.")
    private List<InetAddress> localAddresses = List.of();

    @Option(
            names = "--tls-trust",
            paramLabel = "FILE",
            description = "Certificates to trust instead of those that Java trusts, PEM; may be the node's own.")
    private @Nullable Path tlsTrust;

    @Option(names = "--json", description = "Print JSON instead of a table.")
    private boolean json;

    @Option(names = "--quiet", description = "Do not show the progress.")
    private boolean quiet;

    BenchCommand(Cli cli, TokenCommand.Minter minter) {
        this.cli = cli;
        this.minter = minter;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Plan plan = plan();
        RunObserver runObserver = quiet ? RunObserver.NONE : new BenchProgress(cli.err());
        BenchReport benchReport = Bench.run(plan, runObserver);
        cli.out().println(json ? benchReport.toJson() : benchReport.toText());
        cli.out().flush();
        return benchReport.valid() ? Cli.OK : Cli.FAILED;
    }

    private Plan plan() {
        try {
            return new Plan(mode, endpoints(), load(), timing(), threads);
        } catch (IllegalArgumentException e) {
            throw new UsageException("This cannot be done: " + e.getMessage());
        }
    }

    private Plan.Load load() {
        int publishing =
                publishers != null ? publishers : loadSubprotocol == LoadSubprotocol.RAW ? Math.max(1, groups) : 1;
        double perSecond = rate != null ? rate : mode == Mode.FANOUT ? 10 : 0;
        return new Plan.Load(connections, groups, groupPrefix, publishing, perSecond, burst, size);
    }

    private Plan.Timing timing() {
        return new Plan.Timing(warmUp, duration, drain, connectTimeout, opensAtOnce, ackEvery);
    }

    private Plan.Endpoints endpoints() {
        ConnectionString string = givenToken().isEmpty() ? connectionString() : null;
        List<BenchTarget> targets = where(string);
        List<URI> members = targets.stream().map(BenchTarget::url).toList();
        List<URI> publishers = publishAt.stream()
                .map(url -> BenchTarget.of(url, targets.get(0).hub()).url())
                .toList();
        return new Plan.Endpoints(
                members,
                publishers.isEmpty() ? members : publishers,
                loadSubprotocol,
                tokens(targets.get(0), string),
                localAddresses,
                tlsTrust);
    }

    private List<BenchTarget> where(@Nullable ConnectionString string) {
        if (!urls.isEmpty()) {
            return urls.stream().map(url -> BenchTarget.of(url, hub)).toList();
        }
        if (string != null) {
            return List.of(BenchTarget.of(string.endpoint(), hub));
        }
        throw new UsageException("Where is the node? Give its URL or a connection string (a node prints one when it"
                + " starts), or set FANFARE_CONNECTION_STRING.");
    }

    private Tokens tokens(BenchTarget target, @Nullable ConnectionString string) {
        String given = givenToken().isEmpty() ? target.token() : givenToken();
        if (!given.isEmpty()) {
            return Tokens.same(given);
        }
        if (string != null) {
            return target.minted(minter, string.accessKey());
        }
        throw new UsageException("There is no token. Give --token-file or a URL that has one, or --connection-string"
                + " to mint tokens with, or set FANFARE_CONNECTION_STRING.");
    }

    private String givenToken() {
        if (tokenSource.tokenFile != null) {
            return SecretFile.read("The token file", tokenSource.tokenFile);
        }
        return tokenSource.token == null ? "" : tokenSource.token;
    }

    private @Nullable ConnectionString connectionString() {
        String text = tokenSource.connectionString != null
                ? tokenSource.connectionString
                : cli.environment().get("FANFARE_CONNECTION_STRING");
        try {
            return text == null || text.isBlank() ? null : ConnectionString.parse(text);
        } catch (IllegalArgumentException e) {
            throw new UsageException("The connection string is refused: " + e.getMessage());
        }
    }
}
