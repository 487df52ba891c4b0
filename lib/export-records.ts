/**
 * What becomes of the ledger's items on their way out: an expression in JSONata, which Step Functions evaluates, over
 * a batch of records of a DynamoDB stream. A pipe's own templates cannot do it: numbers would become texts, and an
 * attribute that an item has not would still be named.
 *
 * Nothing here is deployed as code: it is the definition of a state machine of one state.
 */

/** `plain`: one object a record. `splunk`: the same as the event of Splunk's HTTP Event Collector. */
export type RecordFormat = 'plain' | 'splunk';

/** The items that leave, by what their partition keys begin with, and what their records are called. */
export const exportedTypes = {
  'USAGE#': 'call',
  'TOKEN#': 'token',
  'REVOKED#': 'revocation',
  'AUDIT#': 'audit',
} as const;

/** @returns the pattern by which the pipe picks records: new and changed items of {@link exportedTypes}. */
export const exportFilter = (): string =>
  JSON.stringify({
    eventName: ['INSERT', 'MODIFY'],
    dynamodb: { Keys: { pk: { S: Object.keys(exportedTypes).map((prefix) => ({ prefix })) } } },
  });

/**
 * @returns the definition of the state machine: an array of stream records in, an array of records out, in the same
 *   order. Each has `eventID` (the stream's, the same when it comes again), `type`, `@timestamp` and all attributes of
 *   the item but its keys and its time to live. What differs in form from one to the next, the details of a change, is
 *   a text of JSON: an index knows one form of each member.
 */
export const exportDefinition = (format: RecordFormat): string =>
  JSON.stringify({
    Comment: 'Tollgate: items of the ledger become records',
    QueryLanguage: 'JSONata',
    StartAt: 'Flatten',
    States: { Flatten: { Type: 'Pass', Output: `{% ${expression(format)} %}`, End: true } },
  });

/** @returns the expression alone; `$states.input` is the batch. */
export const expression = (format: RecordFormat): string => `(
  $types := ${JSON.stringify(exportedTypes)};
  $plain := function($value) {
    $exists($value.S) ? $value.S
    : $exists($value.N) ? $number($value.N)
    : $exists($value.BOOL) ? $value.BOOL
    : $exists($value.L) ? [$map($value.L, $plain)]
    : $exists($value.M) ? $merge([{}, $each($value.M, function($inner, $name) { {$name: $plain($inner)} })])
    : null
  };
  $isMeant := function($value, $name) { $not($name in ["pk", "sk", "expiresAt"]) };
  [$states.input.(
    $item := $plain({"M": $sift(dynamodb.NewImage, $isMeant)});
    $time := $exists($item.at) ? $item.at
      : $exists($item.revokedAt) ? $item.revokedAt
      : $exists($item.iat) ? $item.iat * 1000
      : $round(dynamodb.ApproximateCreationDateTime * 1000);
    $type := $lookup($types, $substringBefore(dynamodb.Keys.pk.S, "#") & "#");
    $details := $exists($item.details) ? {"details": $string($item.details)} : {};
    $record := $merge([{"eventID": eventID, "type": $type, "@timestamp": $fromMillis($time)}, $item, $details]);
    ${wrapped[format]}
  )]
)`;

const wrapped: Record<RecordFormat, string> = {
  plain: '$record',
  splunk: '{"time": $time / 1000, "source": "tollgate", "sourcetype": "tollgate:" & $type, "event": $record}',
};
