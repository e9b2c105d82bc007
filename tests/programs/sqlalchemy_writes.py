"""SQLAlchemy's SQL and mapped classes, without a database."""
from sqlalchemy import Column, ForeignKey, Integer, String, func, select
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.orm import declarative_base, relationship
from sqlalchemy.schema import CreateTable

Base = declarative_base()


class User(Base):
    __tablename__ = "user"
    id = Column(Integer, primary_key=True)
    name = Column(String(50))
    addresses = relationship("Address", back_populates="user")


class Address(Base):
    __tablename__ = "address"
    id = Column(Integer, primary_key=True)
    user_id = Column(ForeignKey("user.id"))
    user = relationship("User", back_populates="addresses")


query = (select(User.name, func.count(Address.id)).join(Address).where(User.name.like("x%") | (User.id > 3))
         .group_by(User.name).having(func.count() > 1).order_by(User.name.desc()).limit(3))
for dialect in (None, mysql.dialect(), postgresql.dialect()):
    print(query.compile(dialect=dialect))
    print(CreateTable(User.__table__).compile(dialect=dialect))
user = User(name="q")
user.addresses.append(Address())
print(len(user.addresses), user.addresses[0].user is user)
