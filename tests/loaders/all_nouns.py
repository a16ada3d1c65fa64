"""One small folder with all thirteen nouns, every row of it good; no test by itself."""

from pathlib import Path

ALL_NOUNS = {
    "distributors": """
        distributor_id,sponsor_id,joined_at,left_at,status,rank,region,person_id,verified_at,name
        D1,,2024-01-01T00:00:00Z,,active,gold,TW,,2024-01-02T00:00:00Z,"role ""root"", first"
        D2,D1,2024-01-02,,active,,CN,,,
        D3,D2,2024-02-01T08:00:00+08:00,2024-09-01T00:00:00Z,,bronze,,N1,,role two
        D4,D3,2024-02-01T00:00:00Z,,suspended,,,,,
    """,
    "sponsor_changes": """
        distributor_id,sponsor_id,valid_from,reason
        D4,D2,2024-05-01T00:00:00Z,moved
        D4,D1,2024-06-01T00:00:00Z,
    """,
    "status_changes": """
        distributor_id,valid_from,status,rank
        D2,2024-03-01T00:00:00Z,,silver
        D4,2024-04-01T00:00:00Z,active,
    """,
    "customers": """
        customer_id,distributor_id,bound_at,became_distributor_id,region,name
        C1,D3,2024-02-02T00:00:00Z,,CN,buyer role
        C2,,,D2,,
        C|3,D1,,,,
    """,
    "products": """
        product_id,name,category,kind,mandatory_to_join,list_price,cost,reference_price,currency
        P1,"tea, green",tea,product,0,100.00,40.00,90.00,CNY
        P2,kit,,kit,1,300,120.5,,CNY
        P3,yen thing,,,,1200,,,JPY
    """,
    "orders": (
        "order_id,seller_id,buyer_kind,buyer_id,ordered_at,paid_at,received_at,cancelled_at,"
        "status,kind,currency,amount,region,channel,cancels_order_id"
        """
        O1,D3,customer,C1,2024-03-01,2024-03-01T01:00:00Z,2024-03-05,,received,sale,CNY,,,app,
        O2,D2,distributor,D2,2024-03-02,,,,paid,,,,,,
        O3,D4,,D4,2024-03-31T23:30:00-02:00,,,,created,sale,CNY,50.00,,,
        O4,,,C2,2024-04-02T00:00:00Z,,,2024-04-03T00:00:00Z,cancelled,sale,JPY,1200,,,
        O5,D3,customer,C1,2024-04-05T00:00:00Z,,,,,cancellation,CNY,,,,O1
        O6,D1,customer,C9,2024-04-06T00:00:00Z,,,,shipped,sale,CNY,7.00,,"web ""shop"", new",
    """
    ),
    "order_lines": """
        order_id,line_no,product_id,quantity,unit_price,discount,tax,commissionable
        O1,1,P1,2,100.00,10.00,,
        O1,2,P2,1.5,300.00,,58.50,0
        O2,1,P1,1,100.00,,,
        O5,1,P1,-1,100.00,-5.00,,
    """,
    "refunds": """
        refund_id,order_id,line_no,quantity,amount,currency,refunded_at,reason
        R1,O1,1,1,95.00,CNY,2024-03-20T00:00:00Z,damaged
        R2,,,,5.00,CNY,2024-03-21T00:00:00Z,
    """,
    "resales": """
        distributor_id,order_id,line_no,period,amount,sold_for,currency
        D2,O2,1,2024-04,100.00,130.00,CNY
    """,
    "payouts": (
        "payout_id,beneficiary_id,basis,order_id,recruit_id,level,amount,currency,earned_at,"
        "released_at,reverses,reason,approved_by"
        """
        X1,D2,order_line,O1,,1,12.00,CNY,2024-03-06T00:00:00Z,,,,
        X2,D2,other,,,,-12.00,CNY,2024-03-07T00:00:00Z,,X1,error,role
    """
    ),
    "buybacks": """
        request_id,distributor_id,order_id,requested_at,amount,saleable,paid_at,paid_amount
        B1,D2,O2,2024-05-01T00:00:00Z,90.00,1,,
    """,
    "complaints": """
        complaint_id,about_distributor_id,received_at,kind,order_id
        K1,D3,2024-05-02T00:00:00Z,pressure,O1
    """,
    "identifiers": """
        owner_kind,owner_id,kind,value,hashed,valid_from,valid_to,shared
        distributor,D1,phone,+886 912 345 678,0,,,0
        customer,C1,card,4111 1111 1111 1111,0,2024-01-01T00:00:00Z,,
        order,O1,address,somewhere 1,0,,,1
    """,
}
ROWS = sum(text.strip().count("\n") for text in ALL_NOUNS.values())


def write(folder: Path, **files: str) -> Path:
    """Write NOUN.csv for each; lines are stripped, and the folder is made. The folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for noun, text in files.items():
        lines = (line.strip() for line in text.strip().splitlines())
        (folder / f"{noun}.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return folder
