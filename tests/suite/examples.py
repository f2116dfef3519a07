"""Seven suites that use the format as its description does, one feature after another."""

from __future__ import annotations

ONE_SPEC_EVERY_WIRE = """\
harness: 1
suite: core
tools:
  tide:
    description: The tide at a harbour.
    input_schema: {type: object, properties: {harbour: {type: string}}, required: [harbour]}
    output: 'low, rising'
cases:
  - id: think-then-call-twice
    description: A thought, then two calls; order, ids and opaque state survive.
    requires: [tools, parallel_tool_calls]
    matrix: {provider: all, stream: [true, false]}
    tools: [tide]
    turns:
      - prompt: Compare the tides at Dover and Saint-Malô.
        says:
          parts:
            - {type: reasoning, text: 'Both harbours 🦩', opaque: sig-1}  # signed
            - {type: tool_call, name: tide, arguments: {harbour: Dover}}
            - {type: tool_call, name: tide, arguments: {harbour: Saint-Malô}}
          usage: {input: 31, output: 48, details: {reasoning: 12}}
      - reply: {}
        says:
          parts: [{type: text, text: Low at both.}]
"""

SIMPLE_TEXT = """\
# yaml-language-server: $schema=../harness/suite/spec.schema.json
harness: 1
suite: text
cases:
  - id: simple-text
    description: One part, usage reported, everything played.
    requires: [streaming]
    provider: anthropic
    model: claude-haiku-4.5
    cassette: cassettes/anthropic/simple-text.yaml
    prompt: Just say "hello"
    expect:
      text: Hello
      parts:
        - {type: text, text: Hello}
      usage: {input: 10, output: 4}
"""

REASONING_TOOL_REPLY = """\
harness: 1
suite: tools
defaults:
  provider: anthropic
  model: claude-haiku-4.5
  options: {thinking: true}
tools:
  people_in:
    description: How many live in a made-up country.
    input_schema:
      type: object
      properties: {country: {type: string}}
      required: [country]
    output: '123124'
cases:
  - id: reasoning-tool-reply
    requires: [streaming, tools, reasoning]
    cassette: cassettes/anthropic/reasoning-tool-reply.yaml
    tools: [people_in]
    turns:
      - prompt: How many people live in Crumpet?
        expect:
          events: reasoning+ tool_call_name tool_call_args*
          parts:
            - type: reasoning
              text: {$nonempty: true}
              provider_metadata: {anthropic: {signature: {$capture: signature}}}
            - type: tool_call
              name: people_in
              arguments: {country: Crumpet}
              tool_call_id: {$capture: call}
      - rehydrate: true
        reply: {}
        expect:
          request:
            body:
              messages:
                - {role: user}
                - role: assistant
                  content:
                    - {type: thinking, signature: {$same_as: signature}}
                    - {type: tool_use, id: {$same_as: call}, input: {country: Crumpet}}
                - role: user
                  content:
                    - {type: tool_result, tool_use_id: {$same_as: call}, content: '123124'}
          parts:
            - {type: text, text: {$contains: '123,124'}}
"""

PARALLEL_TOOLS = """\
harness: 1
suite: tools
tools:
  name_a_gull:
    description: One name for a gull.
    input_schema: {type: object, properties: {}}
    outputs: [Ada, Bo]
  tide_table:
    input_schema: {type: object, properties: {beach: {type: string}}}
    raises: {type: ValueError, message: no such beach}
cases:
  - id: parallel-tools
    requires: [streaming, tools, parallel_tool_calls]
    provider: anthropic
    cassette: cassettes/anthropic/parallel-tools.yaml
    tools: [name_a_gull, tide_table]
    replay: {chunks: [recorded, event, byte]}
    turns:
      - prompt: Two names, and a tide.
        expect:
          tool_calls:
            - {name: name_a_gull, arguments: {}, tool_call_id: {$capture: a}}
            - {name: name_a_gull, arguments: {}, tool_call_id: {$capture: b}}
            - {name: tide_table, arguments: {beach: Half Moon Bay}, tool_call_id: {$capture: c}}
          distinct: [a, b, c]
      - execute_tool_calls: true
        expect:
          requests: []
          tool_results:
            - {name: name_a_gull, output: Ada, tool_call_id: {$same_as: a}}
            - {name: name_a_gull, output: Bo, tool_call_id: {$same_as: b}}
            - name: tide_table
              output: 'Error: no such beach'
              exception: {$contains: ValueError}
              tool_call_id: {$same_as: c}
      - reply: {}
        expect:
          request:
            body:
              messages:
                $last:
                  role: user
                  content:
                    $unordered:
                      - {type: tool_result, tool_use_id: {$same_as: a}, content: Ada}
                      - {type: tool_result, tool_use_id: {$same_as: b}, content: Bo}
                      - {type: tool_result, tool_use_id: {$same_as: c}, content: {$contains: no such}}
          text: {$contains: Ada}
"""

SERVER_SIDE_TOOL = """\
harness: 1
suite: server-side-tools
cases:
  - id: web-search
    requires: [streaming, server_side_tools]
    provider: anthropic
    cassette: cassettes/anthropic/web-search.yaml
    server_side_tools:
      - spec: {type: web_search_20250305, name: web_search, max_uses: 1}
    turns:
      - prompt: The weather in Bergen today?
        expect:
          parts:
            - type: tool_call
              name: web_search
              server_executed: true
              arguments: {query: {$contains: Bergen}}
              tool_call_id: {$capture: search}
            - type: tool_result
              name: web_search
              server_executed: true
              tool_call_id: {$same_as: search}
              output: {$json: {$each: {url: {$regex: '^https://'}}}}
            - {type: text, text: {$nonempty: true}}
          usage:
            details: {server_tool_use: {web_search_requests: 1}}
      - execute_tool_calls: true
        expect: {tool_results: []}
      - reply: {prompt: And tomorrow?}
        expect:
          request:
            body:
              messages:
                $any_item:
                  role: assistant
                  content:
                    $starts_with:
                      - {type: server_tool_use, id: {$same_as: search}}
                      - {type: web_search_tool_result, tool_use_id: {$same_as: search}}
"""

FAULTS = """\
harness: 1
suite: faults
defaults:
  provider: anthropic
  model: claude-haiku-4.5
  requires: [streaming]
  prompt: Two names for a pelican
  options: {thinking: true}
  cassette: cassettes/anthropic/reasoning.yaml
cases:
  - id: disconnect-mid-stream
    inject: {after_events: 4, fault: disconnect}
    expect:
      error: {retryable: true}
      events: reasoning+
      done: false
  - id: eof-without-terminator
    level: should
    inject: {after_events: 4, fault: eof}
    expect: {error: {$any: true}, done: false}
    xfail:
      - when: {provider: anthropic}
        reason: the iteration ends quietly
        issue: https://github.com/example/llm-anthropic/issues/1
  - id: error-event-in-stream
    inject:
      after_events: 4
      fault: event
      event: error
      data: {type: error, error: {type: overloaded_error, message: Overloaded}}
    expect: {error: {status: 529, message: {$contains: verloaded}}}
  - id: malformed-event
    inject: {at_event: 3, fault: corrupt, data: '{not json'}
    expect: {error: {message: {$nonempty: true}}}
  - id: rate-limited-then-ok
    inject: {request: 1, fault: status, status: 429, headers: {retry-after: '0'}}
    expect: {requests: {$len: 2}, text: {$contains: Scoop}}
  - id: split-utf8
    replay: {chunks: [byte, 'random:7']}
    expect: {parts: [{type: reasoning, text: {$contains: Pelé}}, {type: text, text: {$contains: Pelé}}]}
"""

MATRIX = """\
harness: 1
suite: core
tools:
  times:
    description: Multiply.
    input_schema:
      type: object
      properties: {a: {type: integer}, b: {type: integer}}
      required: [a, b]
    output: 2869461
cases:
  - id: one-tool
    requires: [tools]
    tools: [times]
    matrix:
      provider: [anthropic, openai, gemini, mistral]
      stream: [true, false]
      mode: [sync, async]
      exclude: [{provider: mistral, stream: false}]
    cassette: cassettes/${provider}/one-tool.${stream}.yaml    # mode shares it
    prompt: What is 1231 * 2331?
    expect:
      tool_calls:
        - {name: times, arguments: {a: 1231, b: 2331}, tool_call_id: {$nonempty: true}}
      usage: {input: {$gt: 0}, output: {$gt: 0}}
    overrides:
      - when: {provider: openai}
        options: {reasoning_effort: low}
        expect:
          parts: {$first: {type: reasoning, provider_metadata: {openai: {encrypted_content: {$nonempty: true}}}}}
      - when: {provider: gemini}
        expect:
          tool_calls:
            - name: times
              arguments: {a: 1231, b: 2331}
              tool_call_id: {$regex: '^tc_'}
      - when: {provider: mistral}
        requires: [tools, parallel_tool_calls]
    xfail:
      - when: {provider: gemini, stream: false}
        checks: [usage]
        reason: thought tokens are left out
        issue: https://github.com/example/llm-gemini/issues/12
        until: 2027-03-01
    skip:
      - when: {provider: mistral, mode: async}
        reason: no async model is registered
"""

EXAMPLES = {
    "one spec, every wire": ONE_SPEC_EVERY_WIRE,
    "simple text": SIMPLE_TEXT,
    "reasoning, tool, reply": REASONING_TOOL_REPLY,
    "parallel tools": PARALLEL_TOOLS,
    "server-side tool": SERVER_SIDE_TOOL,
    "faults": FAULTS,
    "matrix": MATRIX,
}
"""Each by what it shows."""

PROVIDERS = ("anthropic", "openai", "gemini", "mistral")
"""The wires these suites speak of."""
