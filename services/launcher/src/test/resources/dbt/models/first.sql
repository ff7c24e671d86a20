select id, upper(name) as name, amount from {{ ref('raw') }} where amount > 10
