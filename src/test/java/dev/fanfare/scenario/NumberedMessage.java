package dev.fanfare.scenario;

/**
 * What a publisher sends.
 *
 * @param run the number of the scenario
 * @param publisher a number of its session: order is promised to what comes from one
 * @param number from 0, of this publisher
 * @param group the number of the group it goes to
 */
record NumberedMessage(int run, int publisher, int number, int group) {

    String text() {
        return run + " " + publisher + " " + number + " " + group;
    }

    static NumberedMessage parse(String text) {
        String[] words = text.split(" ", 4);
        return new NumberedMessage(
                Integer.parseInt(words[0]),
                Integer.parseInt(words[1]),
                Integer.parseInt(words[2]),
                Integer.parseInt(words[3]));
    }
}
