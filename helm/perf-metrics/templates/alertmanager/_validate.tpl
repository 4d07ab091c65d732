{{/* Receivers that would tell nobody. Each fault is told with what to do about it. */}}
{{- define "perf-metrics.alertmanager.validate" -}}
{{- $faults := list }}
{{- $receivers := .Values.alertmanager.receivers }}
{{- $watchdog := .Values.alertmanager.deadMansSwitch }}
{{- $standalone := include "perf-metrics.standalone" . }}
{{- $runs := and $standalone .Values.alertmanager.enabled }}
{{- $remedy := ternary "set alertmanager.enabled to true" "set mode to standalone, or name the receiver in the Alertmanager beside the Operator" (not (empty $standalone)) }}

{{- range $kind, $receiver := $receivers }}
{{- $path := printf "alertmanager.receivers.%s" $kind }}
{{- if and $receiver.enabled (not $runs) }}
{{- $faults = append $faults (printf "%s.enabled is set, but this installation has no Alertmanager: %s, or %s.enabled to false" $path $remedy $path) }}
{{- end }}
{{- if and $receiver.enabled (not $receiver.existingSecret) (or (ne $kind "email") $receiver.username) }}
{{- $what := get (dict "slack" "the URL of Slack's webhook" "pagerduty" "the integration's routing key" "email" "the password" "webhook" "the webhook's URL") $kind }}
{{- $faults = append $faults (printf "%s has no Secret for %s: create one and set %s.existingSecret to its name:\n  kubectl create secret generic oncall -n %s --from-literal=%s=..." $path $what $path $.Release.Namespace $receiver.key) }}
{{- end }}
{{- end }}

{{- with $receivers.email }}
{{- if .enabled }}
{{- range $key := list "to" "from" "smarthost" }}
{{- if not (get $receivers.email $key) }}
{{- $example := get (dict "to" "oncall@example.com" "from" "alerts@example.com" "smarthost" "smtp.example.com:587") $key }}
{{- $faults = append $faults (printf "alertmanager.receivers.email.%s is empty: set it, such as to %s" $key $example) }}
{{- end }}
{{- end }}
{{- if and .existingSecret (not .username) }}
{{- $faults = append $faults "alertmanager.receivers.email has a password, but no name to log in by: set alertmanager.receivers.email.username, or leave existingSecret empty" }}
{{- end }}
{{- if and .username (not .requireTls) }}
{{- $faults = append $faults "alertmanager.receivers.email would send its password for anyone on the way to read: set alertmanager.receivers.email.requireTls to true, or leave username and existingSecret empty" }}
{{- end }}
{{- end }}
{{- end }}

{{- if and $watchdog.existingSecret (not $runs) }}
{{- $faults = append $faults "alertmanager.deadMansSwitch.existingSecret is set, but this installation has no Alertmanager that tells it: leave it empty" }}
{{- end }}

{{- if $faults }}
{{- fail (printf "\n\n%s\n" (join "\n" $faults)) }}
{{- end }}

{{- if $runs }}
{{- range include "perf-metrics.alertmanager.secrets" . | fromYamlArray }}
{{- $path := ternary "alertmanager.deadMansSwitch" (printf "alertmanager.receivers.%s" .path) (eq .path "dead-mans-switch") }}
{{- include "perf-metrics.requireSecret" (list $ $path .existingSecret .key) }}
{{- end }}
{{- end }}
{{- end }}
