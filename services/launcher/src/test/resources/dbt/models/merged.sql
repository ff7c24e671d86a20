{{ config(materialized='incremental', incremental_strategy='merge', unique_key='id') }}
select id, name, amount, current_timestamp() as seen from {{ ref('first') }}
