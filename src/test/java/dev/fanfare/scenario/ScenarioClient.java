package dev.fanfare.scenario;

import dev.fanfare.testkit.TestClient;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A client with the reliable subprotocol that comes back, wherever the balancer sends it, when its socket ends; and begins
 * anew when it is told that its session is gone. Belongs to the one event loop of its scenario.
 */
abstract class ScenarioClient {

    /**
     * What clients share.
     *
     * @param run the number of the scenario
     */
    record Surroundings(int run, Vertx vertx, WebSocketClient sockets, Balancer balancer, Random random) {}

    /**
     * The balancer resets what goes to a node that does not answer. A client that gives up earlier makes the node do a
     * handshake for nobody: a machine that is too slow for all of them at once then never gets through.
     */
    private static final int HANDSHAKE_MILLIS = 60_000;

    private static final int MIN_PAUSE_MILLIS = 50;
    private static final int MAX_PAUSE_MILLIS = 2000;
    private static final int GONE = 1008;

    /** How long before the last sign of life of a session that was lost something may have been lost with it. */
    private static final long MARGIN_NANOS = 2_000_000_000L;

    private final Surroundings surroundings;
    private final String target;
    private final List<Period> gaps = new ArrayList<>();
    private final TreeMap<Long, Integer> places = new TreeMap<>();
    private final List<Long> replays = new ArrayList<>();
    private @Nullable WebSocket socket;
    private @Nullable String session;
    private boolean begun;
    private boolean open;
    private boolean replaying;
    private boolean ended;
    private long began;
    private long heardAt = System.nanoTime();
    private long lastSequence;
    private int pause = MIN_PAUSE_MILLIS;
    private int resumed;
    private int anew;
    private int missingIds;

    /** @param target path and query to connect to, token included */
    ScenarioClient(Surroundings surroundings, String target) {
        this.surroundings = surroundings;
        this.target = target;
    }

    /** A message that had not come before. */
    abstract void message(String text);

    abstract void acknowledged(long ackId, boolean done);

    /**
     * It has a socket again.
     *
     * @param same whether it is still the same session, so that nothing may be lost
     */
    abstract void connected(boolean same);

    final void start() {
        began = System.nanoTime();
        WebSocketConnectOptions options = new WebSocketConnectOptions()
                .setHost("127.0.0.1")
                .setPort(surroundings.balancer().port())
                .setURI(session == null ? target : target + session)
                .setTimeout(HANDSHAKE_MILLIS)
                .setAllowOriginHeader(false) // it is no browser
                .addSubProtocol(TestClient.RELIABLE);
        surroundings.sockets().connect(options).onSuccess(this::opened).onFailure(refused -> again());
    }

    /** Does not come back any more. */
    final void end() {
        ended = true;
        if (socket != null) {
            socket.close();
        }
    }

    private void opened(WebSocket opened) {
        socket = opened;
        places.put(
                System.nanoTime(),
                surroundings.balancer().nodeOf(opened.localAddress().port()));
        opened.textMessageHandler(text -> frame(new JsonObject(text)));
        opened.exceptionHandler(broken -> {});
        opened.closeHandler(v -> closed(opened));
    }

    private void closed(WebSocket was) {
        if (!open && session != null && Short.valueOf((short) GONE).equals(was.closeStatusCode())) {
            session = null;
        }
        open = false;
        socket = null;
        again();
    }

    private void again() {
        if (!ended) {
            surroundings.vertx().setTimer(1 + surroundings.random().nextInt(pause), timer -> start());
            pause = Math.min(2 * pause, MAX_PAUSE_MILLIS);
        }
    }

    private void frame(JsonObject frame) {
        switch (frame.getString("type")) {
            case "message" -> message(frame.getLong("sequenceId"), frame.getString("data"));
            case "ack" -> acknowledged(frame);
            case "pong" -> replayed();
            default -> system(frame);
        }
        heardAt = System.nanoTime();
    }

    private void message(long sequence, String text) {
        if (sequence > lastSequence) {
            missingIds += (int) (sequence - lastSequence - 1);
            lastSequence = sequence;
            message(text);
            if (sequence % 8 == 0) {
                send(new JsonObject(Map.of("type", "sequenceAck", "sequenceId", sequence)));
            }
        }
    }

    private void acknowledged(JsonObject frame) {
        boolean duplicate = "Duplicate"
                .equals(frame.getJsonObject("error", new JsonObject()).getString("name"));
        acknowledged(frame.getLong("ackId"), frame.getBoolean("success") || duplicate);
    }

    private void system(JsonObject frame) {
        if (!"connected".equals(frame.getString("event"))) {
            return;
        }
        boolean same = session != null;
        session = "&awps_connection_id=" + frame.getString("connectionId") + "&awps_reconnection_token="
                + frame.getString("reconnectionToken");
        open = true;
        pause = MIN_PAUSE_MILLIS;
        if (same) {
            resumed++;
            replaying = true;
            send(new JsonObject(Map.of("type", "ping")));
        } else {
            lastSequence = 0;
            anew += begun ? 1 : 0;
            gaps.add(new Period(heardAt - MARGIN_NANOS, System.nanoTime()));
            begun = true;
        }
        connected(same);
    }

    /** Behind the replay comes the answer to what was asked after it began. */
    private void replayed() {
        if (replaying) {
            replaying = false;
            replays.add(System.nanoTime() - began);
        }
    }

    final void send(JsonObject frame) {
        if (socket != null) {
            socket.writeTextMessage(frame.encode());
        }
    }

    final boolean isOpen() {
        return open;
    }

    /** At which node its socket was at a time. */
    final int placeAt(long time) {
        Map.Entry<Long, Integer> place = places.floorEntry(time);
        return place == null ? -1 : place.getValue();
    }

    /** Whether its session was lost around that time, and what is lost with it may be. */
    final boolean wasLost(long time) {
        return gaps.stream().anyMatch(gap -> gap.contains(time));
    }

    /** How often it came back to its session. */
    final int resumed() {
        return resumed;
    }

    /** How often it had to begin anew. */
    final int anew() {
        return anew;
    }

    /** How many sequence ids never came. */
    final int missingIds() {
        return missingIds;
    }

    /** From each attempt to come back that succeeded to the end of the replay, in nanoseconds. */
    final List<Long> replays() {
        return replays;
    }
}
