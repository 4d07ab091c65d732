{{/* The files that Alertmanager reads: its configuration, and the templates of what people are told. */}}
{{- define "perf-metrics.alertmanager.files" -}}
alertmanager.yaml: |
  {{- include "perf-metrics.alertmanager.configuration" . | nindent 2 }}
notifications.tmpl: |
  {{- .Files.Get "files/alertmanager/notifications.tmpl" | trim | nindent 2 }}
{{- end }}

{{- define "perf-metrics.alertmanager.configuration" -}}
{{- $alertmanager := .Values.alertmanager -}}
templates: [/etc/alertmanager/config/*.tmpl]
route:
  # An alert of no severity known here is told as a warning, not lost.
  receiver: warning
  # One event's alerts have one cause, so they are one notification, of however many instances.
  group_by: [namespace, service, event]
  group_wait: {{ $alertmanager.groupWait }}
  group_interval: {{ $alertmanager.groupInterval }}
  repeat_interval: {{ $alertmanager.repeatInterval }}
  routes:
    - receiver: dead-mans-switch
      matchers: [alertname = "Watchdog"]
      group_by: [alertname]
      # Once a minute: a repetition is due at the first interval that ends after repeat_interval.
      group_wait: 0s
      group_interval: 30s
      repeat_interval: 45s
    - receiver: test
      matchers: [alertname = "PerfTest"]
      group_by: ["..."]
      group_wait: 0s
    - receiver: nobody
      matchers: [severity = "none"]
    # Alerts about no event have causes of their own.
    - matchers: [event = ""]
      group_by: [namespace, service, alertname]
      routes:
        {{- include "perf-metrics.alertmanager.severityRoutes" . | nindent 8 }}
    {{- include "perf-metrics.alertmanager.severityRoutes" . | nindent 4 }}
inhibit_rules:
  {{- include "perf-metrics.alertmanager.inhibitions" . | nindent 2 }}
receivers:
  - name: nobody
  - name: dead-mans-switch
    {{- if $alertmanager.deadMansSwitch.existingSecret }}
    webhook_configs:
      - url_file: /etc/alertmanager/secrets/dead-mans-switch
        send_resolved: false
    {{- end }}
  - name: test
    webhook_configs:
      - url: http://{{ include "perf-metrics.fullname" . }}-test:8080/
        send_resolved: false
  {{- range list "critical" "warning" "info" }}
  - name: {{ . }}
    {{- include "perf-metrics.alertmanager.integrations" (list $ .) | trim | nindent 4 }}
  {{- end }}
{{- end }}

{{- define "perf-metrics.alertmanager.severityRoutes" -}}
- { receiver: critical, matchers: [severity = "critical"] }
- { receiver: info, matchers: [severity = "info"] }
{{- end }}

{{/* How those are told who want alerts of a severity: list . SEVERITY */}}
{{- define "perf-metrics.alertmanager.integrations" -}}
{{- $receivers := (index . 0).Values.alertmanager.receivers }}{{ $severity := index . 1 }}
{{- with $receivers.slack }}{{ if and .enabled (has $severity .severities) }}
slack_configs:
  - api_url_file: /etc/alertmanager/secrets/slack
    {{- with .channel }}
    channel: {{ . | quote }}
    {{- end }}
    send_resolved: true
{{- end }}{{ end }}
{{- with $receivers.pagerduty }}{{ if and .enabled (has $severity .severities) }}
pagerduty_configs:
  - routing_key_file: /etc/alertmanager/secrets/pagerduty
    severity: {{ $severity }}
    source: '{{ `{{ or .CommonLabels.instance .CommonLabels.service .CommonLabels.namespace "perf-metrics" }}` }}'
    component: '{{ `{{ .CommonLabels.service }}` }}'
    group: '{{ `{{ .CommonLabels.namespace }}` }}'
    class: '{{ `{{ .CommonLabels.event }}` }}'
    details:
      firing: '{{ `{{ template "perf-metrics.details" .Alerts.Firing }}` }}'
      resolved: '{{ `{{ template "perf-metrics.details" .Alerts.Resolved }}` }}'
    links:
      - { href: '{{ `{{ template "perf-metrics.runbook" . }}` }}', text: Runbook }
    send_resolved: true
{{- end }}{{ end }}
{{- with $receivers.email }}{{ if and .enabled (has $severity .severities) }}
email_configs:
  - to: {{ .to | quote }}
    from: {{ .from | quote }}
    smarthost: {{ .smarthost | quote }}
    require_tls: {{ .requireTls }}
    {{- with .username }}
    auth_username: {{ . | quote }}
    auth_password_file: /etc/alertmanager/secrets/email
    {{- end }}
    text: '{{ `{{ template "perf-metrics.text" . }}` }}'
    html: ""
    # The mails of one group are one conversation.
    threading: { enabled: true, thread_by_date: daily }
    send_resolved: true
{{- end }}{{ end }}
{{- with $receivers.webhook }}{{ if and .enabled (has $severity .severities) }}
webhook_configs:
  - url_file: /etc/alertmanager/secrets/webhook
    send_resolved: true
{{- end }}{{ end }}
{{- end }}

{{/* The Secrets that are mounted, each as the file PATH: a list of {existingSecret, key, path}. */}}
{{- define "perf-metrics.alertmanager.secrets" -}}
{{- range $kind, $receiver := .Values.alertmanager.receivers }}
{{- if and $receiver.enabled $receiver.existingSecret }}
- { path: {{ $kind }}, existingSecret: {{ $receiver.existingSecret | quote }}, key: {{ $receiver.key | quote }} }
{{- end }}
{{- end }}
{{- with .Values.alertmanager.deadMansSwitch }}
{{- if .existingSecret }}
- { path: dead-mans-switch, existingSecret: {{ .existingSecret | quote }}, key: {{ .key | quote }} }
{{- end }}
{{- end }}
{{- end }}
