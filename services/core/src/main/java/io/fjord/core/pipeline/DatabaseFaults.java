package io.fjord.core.pipeline;

import io.fjord.contract.Address;
import io.fjord.contract.Problem.Fault;
import io.fjord.contract.core.pipeline.DatabaseKind;
import io.fjord.contract.core.pipeline.DatabaseSource;
import java.util.List;
import java.util.regex.Pattern;

/** What is wrong with a source database as it is written; whether it is there and lets itself be read, the state of the pipeline tells. */
final class DatabaseFaults {

    private static final String AT = "/source/database";
    private static final Pattern HOST = Pattern.compile(
            "[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?)*\\.?");
    private static final Pattern ENDS_IN_A_NUMBER = Pattern.compile("(.*\\.)?([0-9]+|0[xX][0-9a-fA-F]*)\\.?");
    private static final Pattern FOUR = Pattern.compile("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");
    private static final Pattern SIX = Pattern.compile("[0-9a-fA-F:]*:[0-9a-fA-F]*:[0-9a-fA-F:.]*");
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_$-]{0,62}");
    private static final Pattern TABLE =
            Pattern.compile("([A-Za-z_][A-Za-z0-9_]{0,62}\\.)?[A-Za-z_][A-Za-z0-9_]{0,62}");
    private static final Pattern USER = Pattern.compile("[^\\p{Cntrl}\\s'\"`\\\\]{1,63}");

    private final List<Fault> faults;

    DatabaseFaults(List<Fault> faults) {
        this.faults = faults;
    }

    void of(DatabaseSource source) {
        host(source.host());
        if (!NAME.matcher(source.database()).matches()) {
            fault("/database", "must be letters, digits, _, $ and -, and not begin with a digit");
        }
        if (!USER.matcher(source.user()).matches()) {
            fault("/user", "must have no blanks, quotes or backslashes");
        }
        secret(source.password().secret());
        if (source.tables().size() != 1) {
            fault("/tables", "must name one table: a pipeline has one. Create another pipeline for each of the others");
        }
        for (int i = 0; i < source.tables().size(); i++) {
            table("/tables/" + i, source.tables().get(i), source);
        }
    }

    private void host(String host) {
        boolean address = FOUR.matcher(host).matches() || SIX.matcher(host).matches();
        if (!address && ENDS_IN_A_NUMBER.matcher(host).matches()) {
            fault("/host", "must write an address as four decimal numbers");
        } else if (!address && !HOST.matcher(host).matches()) {
            fault("/host", "must be a name or an address, without user, port or path");
        }
    }

    private void secret(String name) {
        String[] parts = name.split("/", -1);
        boolean whole = parts.length == 3 && parts[1].equals("secret") && isName(parts[0]) && isName(parts[2]);
        if (!whole && !(parts.length == 1 && isName(name))) {
            fault("/password/secret", "must be the name of a secret, or its address: sales/secret/orders");
        }
    }

    private static boolean isName(String text) {
        return Address.NAME.matcher(text).matches();
    }

    private void table(String at, String table, DatabaseSource source) {
        if (!TABLE.matcher(table).matches()) {
            fault(at, "must be as orders or public.orders, in letters, digits and _");
        } else if (source.kind() != DatabaseKind.POSTGRESQL
                && table.contains(".")
                && !table.startsWith(source.database() + ".")) {
            fault(at, "must be of the database '" + source.database() + "'");
        }
    }

    private void fault(String pointer, String what) {
        faults.add(new Fault(AT + pointer, what));
    }
}
