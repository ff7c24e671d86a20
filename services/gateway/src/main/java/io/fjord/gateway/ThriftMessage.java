package io.fjord.gateway;

import io.fjord.contract.Problem;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The head of a Thrift call in the binary protocol, and how long the whole of it is. What it says is for the cluster to read.
 *
 * @param length bytes from its beginning to its end
 */
record ThriftMessage(String method, int sequence, int length) {

    /** It is not what it should be, and nothing that follows can be told apart. */
    static final class Unreadable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Unreadable(String message) {
            super(message, null, false, false);
        }
    }

    private static final int VERSION_1 = 0x8001_0000;
    private static final int VERSION_MASK = 0xffff_0000;
    private static final int REPLY = 2;
    private static final int LONGEST_METHOD = 256;
    private static final int DEEPEST = 64;

    private static final byte STOP = 0;
    private static final byte BOOL = 2;
    private static final byte BYTE = 3;
    private static final byte DOUBLE = 4;
    private static final byte I16 = 6;
    private static final byte I32 = 8;
    private static final byte I64 = 10;
    private static final byte STRING = 11;
    private static final byte STRUCT = 12;
    private static final byte MAP = 13;
    private static final byte SET = 14;
    private static final byte LIST = 15;

    /** {@code TStatusCode.ERROR_STATUS} */
    private static final int ERROR = 3;

    /** {@code TProtocolVersion.HIVE_CLI_SERVICE_PROTOCOL_V8}: required beside the error, and read by nobody. */
    private static final int PROTOCOL = 7;

    /**
     * The message those bytes begin with, if all of it is there.
     *
     * @throws Unreadable if they are the beginning of no message
     */
    static Optional<ThriftMessage> first(Buffer bytes) {
        if (bytes.length() < 4) {
            return Optional.empty();
        }
        if ((bytes.getInt(0) & VERSION_MASK) != VERSION_1) {
            throw new Unreadable("This is no Thrift call in the binary protocol");
        }
        if (bytes.length() < 8) {
            return Optional.empty();
        }
        int name = bytes.getInt(4);
        if (name < 0 || name > LONGEST_METHOD) {
            throw new Unreadable("The name of the method has " + name + " bytes");
        }
        if (bytes.length() < 12 + name) {
            return Optional.empty();
        }
        long end = new Skip(bytes).value(STRUCT, 12L + name, 0);
        return end > bytes.length()
                ? Optional.empty()
                : Optional.of(new ThriftMessage(
                        bytes.getString(8, 8 + name, StandardCharsets.UTF_8.name()), bytes.getInt(8 + name), (int)
                                end));
    }

    /** Where values end. What is beyond the bytes ends nowhere: MAX_VALUE. */
    private record Skip(Buffer bytes) {

        private static final long NOT_THERE = Long.MAX_VALUE;

        long value(byte type, long at, int depth) {
            if (depth > DEEPEST) {
                throw new Unreadable("It is nested too deeply");
            }
            return switch (type) {
                case BOOL, BYTE -> at + 1;
                case I16 -> at + 2;
                case I32 -> at + 4;
                case I64, DOUBLE -> at + 8;
                case STRING -> {
                    int length = number(at);
                    yield length == ABSENT ? NOT_THERE : at + 4 + length;
                }
                case STRUCT -> struct(at, depth);
                case LIST, SET -> has(at, 5) ? values(1, type(at), type(at), at + 1, depth) : NOT_THERE;
                case MAP -> has(at, 6) ? values(2, type(at), type(at + 1), at + 2, depth) : NOT_THERE;
                default -> throw new Unreadable("There is no type " + type);
            };
        }

        private static final int ABSENT = -1;

        private long struct(long from, int depth) {
            long at = from;
            while (has(at, 1)) {
                byte type = type(at);
                if (type == STOP) {
                    return at + 1;
                }
                if (!has(at, 3)) {
                    return NOT_THERE;
                }
                at = value(type, at + 3, depth + 1);
            }
            return NOT_THERE;
        }

        private long values(int each, byte first, byte second, long sizeAt, int depth) {
            int size = number(sizeAt);
            long at = sizeAt + 4;
            for (int i = 0; i < size; i++) {
                if (at >= bytes.length()) {
                    return NOT_THERE;
                }
                at = value(first, at, depth + 1);
                if (each == 2 && at != NOT_THERE) {
                    at = value(second, at, depth + 1);
                }
            }
            return at;
        }

        private boolean has(long at, int length) {
            return at <= bytes.length() - length;
        }

        private byte type(long at) {
            return bytes.getByte((int) at);
        }

        private int number(long at) {
            if (!has(at, 4)) {
                return ABSENT;
            }
            int number = bytes.getInt((int) at);
            if (number < 0) {
                throw new Unreadable("A length is negative");
            }
            return number;
        }
    }

    /** The answer of HiveServer2 that says no: a {@code TStatus} with an error, whatever the method. */
    Buffer refusal(Problem problem) {
        Buffer answer = Buffer.buffer();
        answer.appendInt(VERSION_1 | REPLY);
        string(answer, method);
        answer.appendInt(sequence);
        // result.success.status
        field(answer, STRUCT, 0);
        field(answer, STRUCT, 1);
        field(answer, I32, 1).appendInt(ERROR);
        string(field(answer, STRING, 3), sqlState(problem));
        field(answer, I32, 4).appendInt(problem.status());
        string(field(answer, STRING, 5), problem.title() + ". " + problem.detail());
        answer.appendByte(STOP);
        if (method.equals("OpenSession")) {
            field(answer, I32, 2).appendInt(PROTOCOL);
        } else if (method.equals("GetInfo")) {
            string(field(field(answer, STRUCT, 2), STRING, 1), "").appendByte(STOP);
        }
        return answer.appendByte(STOP).appendByte(STOP);
    }

    private static String sqlState(Problem problem) {
        return switch (problem.status()) {
            case 401, 403 -> "28000";
            case 429 -> "53400";
            case 503 -> "08001";
            default -> "08004";
        };
    }

    private static Buffer field(Buffer answer, byte type, int id) {
        return answer.appendByte(type).appendShort((short) id);
    }

    private static Buffer string(Buffer answer, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return answer.appendInt(bytes.length).appendBytes(bytes);
    }
}
