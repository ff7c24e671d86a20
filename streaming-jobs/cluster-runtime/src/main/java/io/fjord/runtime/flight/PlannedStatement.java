package io.fjord.runtime.flight;

import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.analysis.UnresolvedExecuteImmediate;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal$;
import org.apache.spark.sql.catalyst.parser.PositionalParameterContext;
import org.apache.spark.sql.catalyst.parser.SqlBaseLexer;
import org.apache.spark.sql.catalyst.parser.UpperCaseCharStream;
import org.apache.spark.sql.catalyst.plans.logical.Command;
import org.apache.spark.sql.catalyst.plans.logical.CompoundBody;
import org.apache.spark.sql.catalyst.plans.logical.ExecutableDuringAnalysis;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.classic.Dataset;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.execution.CommandExecutionMode$;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.types.StructType;
import scala.jdk.javaapi.CollectionConverters;

/**
 * A statement that was analysed and not yet run: a client learns the columns first and asks for the rows later, and a
 * command (DDL, INSERT, MERGE…) must have its effect once, when it asks.
 */
final class PlannedStatement {

    private final SparkSession session;
    private final LogicalPlan parsed;
    private final QueryExecution execution;
    private final StructType schema;
    private final boolean command;

    private PlannedStatement(
            SparkSession session, LogicalPlan parsed, QueryExecution execution, StructType schema, boolean command) {
        this.session = session;
        this.parsed = parsed;
        this.execution = execution;
        this.schema = schema;
        this.command = command;
    }

    /** Parses and analyses; {@code parameters} take the places of the {@code ?}. */
    static PlannedStatement of(SparkSession session, String text, List<?> parameters) throws Exception {
        var parser = session.sessionState().sqlParser();
        var plain = parser.parsePlan(text);
        if (runsWhenAnalysed(plain)) {
            var ran = session.sql(text, parameters.toArray());
            return new PlannedStatement(
                    session, ran.queryExecution().analyzed(), ran.queryExecution(), ran.schema(), false);
        }
        var parsed = parameters.isEmpty()
                ? plain
                : parser.parsePlanWithParameters(
                        text,
                        new PositionalParameterContext(CollectionConverters.asScala(literals(parameters))
                                .toSeq()));
        var execution = session.sessionState().executePlan(parsed, CommandExecutionMode$.MODULE$.SKIP());
        execution.assertAnalyzed();
        var analyzed = execution.analyzed();
        return new PlannedStatement(session, parsed, execution, analyzed.schema(), hasCommand(analyzed));
    }

    /** Scripts, procedure calls and EXECUTE IMMEDIATE: Spark knows their columns only by running them. */
    static boolean runsWhenAnalysed(SparkSession session, String text) throws Exception {
        return runsWhenAnalysed(session.sessionState().sqlParser().parsePlan(text));
    }

    private static boolean runsWhenAnalysed(LogicalPlan plan) {
        return plan instanceof CompoundBody
                || plan instanceof ExecutableDuringAnalysis
                || plan instanceof UnresolvedExecuteImmediate
                || CollectionConverters.asJava(plan.children()).stream().anyMatch(PlannedStatement::runsWhenAnalysed);
    }

    private static List<Expression> literals(List<?> parameters) {
        return parameters.stream()
                .map(value -> (Expression) Literal$.MODULE$.apply(value))
                .toList();
    }

    private static boolean hasCommand(LogicalPlan plan) {
        return plan instanceof Command
                || CollectionConverters.asJava(plan.children()).stream().anyMatch(PlannedStatement::hasCommand);
    }

    /** How many {@code ?} a statement has; those in strings and comments are text. */
    static int parameters(String text) {
        var lexer = new SqlBaseLexer(new UpperCaseCharStream(org.antlr.v4.runtime.CharStreams.fromString(text)));
        lexer.removeErrorListeners();
        return (int) lexer.getAllTokens().stream()
                .filter(token -> token.getType() == SqlBaseLexer.QUESTION)
                .count();
    }

    StructType schema() {
        return schema;
    }

    boolean isCommand() {
        return command;
    }

    /** What to take the rows from; a command is executed by asking. */
    QueryExecution executed() {
        if (!command) {
            return execution;
        }
        Dataset<Row> result = Dataset.ofRows(session, parsed);
        return result.queryExecution();
    }

    SparkSession session() {
        return session;
    }
}
