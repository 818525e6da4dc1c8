package dev.fanfare.testkit;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A real browser without a screen, driven over the DevTools protocol. Where it is missing it is installed with apt-get;
 * where that cannot be, the test is skipped and says so.
 */
public final class Chromium implements AutoCloseable {

    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome");
    private static final Pattern LISTENING = Pattern.compile("DevTools listening on ws://([^/]+)/.*");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<BrowserPage> pages = new ArrayList<>();
    private final Path profile;
    private final Process process;
    private final String devTools;

    private Chromium(Path profile, Process process, String devTools) {
        this.profile = profile;
        this.process = process;
        this.devTools = devTools;
    }

    /** Starts a browser with an empty profile. */
    public static Chromium start() throws IOException, InterruptedException {
        Path program = SystemProgram.find(NAMES, "chromium");
        Path profile = Files.createTempDirectory("fanfare-chromium");
        Process process = new ProcessBuilder(
                        program.toString(),
                        "--headless=new",
                        "--remote-debugging-address=127.0.0.1",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile,
                        // Root has no sandbox, and containers have a small /dev/shm; only pages of our own are opened.
                        "--no-sandbox",
                        "--disable-dev-shm-usage",
                        "--disable-gpu",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--no-first-run",
                        "about:blank")
                .redirectErrorStream(true)
                .start();
        return new Chromium(profile, process, whenListening(process));
    }

    private static String whenListening(Process process) throws IOException {
        StringBuilder said = new StringBuilder();
        BufferedReader output = process.inputReader();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            Matcher listening = LISTENING.matcher(line);
            if (listening.matches()) {
                drain(output);
                return listening.group(1);
            }
            said.append(line).append('\n');
        }
        throw new IOException("the browser ended: " + said);
    }

    /** A browser whose output nobody reads stops. */
    private static void drain(BufferedReader output) {
        Thread reader = new Thread(() -> output.lines().forEach(line -> {}), "chromium-output");
        reader.setDaemon(true);
        reader.start();
    }

    /** Opens a page, which need not be there yet when this returns. */
    public BrowserPage open(String url) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + devTools + "/json/new"))
                .PUT(HttpRequest.BodyPublishers.noBody())
                .build();
        HttpResponse<InputStream> response = http.send(request, HttpResponse.BodyHandlers.ofInputStream());
        String target =
                JSON.readTree(response.body()).get("webSocketDebuggerUrl").asText();
        BrowserPage page = BrowserPage.attach(http, URI.create(target));
        pages.add(page);
        page.navigate(url);
        return page;
    }

    @Override
    public void close() throws IOException {
        pages.forEach(BrowserPage::close);
        List<ProcessHandle> all = Stream.concat(process.descendants(), Stream.of(process.toHandle()))
                .toList();
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(each -> each.onExit().join()); // before that they may write to the profile
        try (Stream<Path> files = Files.walk(profile)) {
            files.sorted(Comparator.reverseOrder()).forEach(Chromium::delete);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
